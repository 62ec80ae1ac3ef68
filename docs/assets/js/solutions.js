// One switch opens every solution of a page, and is remembered for all pages.
// Without JavaScript there is no switch, and each solution opens by hand.
(() => {
  "use strict";

  const KEY = "solutions-shown";
  const solutions = [...document.querySelectorAll("details.solution")];
  if (solutions.length === 0) return;

  // A browser may refuse to store anything, on a page from a file for example.
  const remembered = () => {
    try {
      return localStorage.getItem(KEY) === "yes";
    } catch {
      return false;
    }
  };
  const remember = (shown) => {
    try {
      localStorage.setItem(KEY, shown ? "yes" : "no");
    } catch {
      // The switch works for this page all the same.
    }
  };

  const place =
    document.querySelector("[data-solutions-switch]") ??
    (() => {
      const made = document.createElement("div");
      made.className = "solutions-switch";
      document.querySelector(".md-content h1")?.after(made);
      return made;
    })();

  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("role", "switch");
  const track = document.createElement("span");
  track.className = "track";
  track.setAttribute("aria-hidden", "true");
  button.append(track, "Show all solutions");
  place.append(button);

  const show = (shown) => {
    button.setAttribute("aria-checked", String(shown));
    for (const solution of solutions) solution.open = shown;
  };
  button.addEventListener("click", () => {
    const shown = button.getAttribute("aria-checked") !== "true";
    remember(shown);
    show(shown);
  });
  show(remembered());
})();
