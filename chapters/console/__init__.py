"""Console blocks: what a page says that a terminal shows, and whether it does.

    ```console tree=05 step=3 terminal=server running
    $ python main.py
    INFO:     Uvicorn running on http://127.0.0.1:8080 (Press CTRL+C to quit)
    ```

`$ ` begins a command (a trailing backslash or a heredoc continues it), the lines below it are its
output: `...` on a line of its own stands for any number of lines, `…` inside a line for any text.
`^C` interrupts what is running. Lines before the first `$` are what a command that was left
running prints next.

| option | meaning |
|---|---|
| `tree=05`, `step=3` | the tree that the commands run in; else the page's chapter at its end |
| `terminal=server` | which terminal; each is one shell that lasts as long as the page |
| `running` | the last command is left running once it has printed what is shown |
| `typed` | lines that begin with `> ` are typed into the running command (`^D` ends its input) |
| `checkout` | runs in a clone of the project; with `step=3`, `workbook/NN` has steps 1-3 solved |
| `timeout=30` | seconds that a command of the block may take, instead of 10 |
| `norun reason="…"` | shown, but not run |

Ports 8000 to 8099 are other, free ports while a page runs: in its commands, in the Python files of
the tree, and back again in the output.
"""

from chapters.console.blocks import Action, Block, Kind, blocks_of
from chapters.console.desk import Mismatch
from chapters.console.run import PageRun, run_page

__all__ = ["Action", "Block", "Kind", "Mismatch", "PageRun", "blocks_of", "run_page"]
