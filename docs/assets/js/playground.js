// The playground. Nothing is simulated here: the page holds what the book's own code did at every
// position of the controls (chapters/figures/playground.py), and this file looks it up.
// Without JavaScript there is a table of some of the positions instead.
(() => {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const NAMES = ["first", "second", "third", "fourth"];

  const make = (name, attributes, ...content) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...content);
    return made;
  };

  const draw = (name, attributes, ...content) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...content);
    return made;
  };

  const read = ([requests, errors, p50, p99, shares, busy, slowest, lost]) => ({
    requests, errors, p50, p99, shares, busy, slowest, lost,
  });

  const time = (ms) => (ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`);

  const bar = (kind, percent) => {
    const part = make("span", { class: `playground-bar playground-${kind}` });
    part.style.setProperty("--part", `${percent}%`);
    return make("td", {}, make("span", { class: "playground-trough", "aria-hidden": "true" }, part), `${percent} %`);
  };

  const table = (words, heads, rows) => {
    const cells = heads.map((each) => make("th", { scope: "col" }, each));
    const head = make("thead", {}, make("tr", {}, ...cells));
    return make("table", { class: "playground-table" }, make("caption", {}, words), head, make("tbody", {}, ...rows));
  };

  class Playground {
    constructor(figure) {
      const { seconds, begin, controls, positions } = JSON.parse(figure.querySelector("script").textContent);
      this.seconds = seconds;
      this.controls = controls;
      this.positions = positions.map(read);
      this.chosen = this.ranks(begin);
      this.result = make("div", { class: "playground-result" });
      this.say = make("p", { class: "playground-say", role: "status" });
      const form = make("form", { class: "playground-controls" }, ...controls.map((_, at) => this.control(at)));
      form.addEventListener("submit", (event) => event.preventDefault());
      for (const each of figure.querySelectorAll(".playground-chosen")) each.remove();
      figure.prepend(form, this.say, this.result);
      this.show();
    }

    // Which value of each control a position stands for, and back.
    ranks(number) {
      const found = [];
      for (const { values } of [...this.controls].reverse()) {
        found.unshift(number % values.length);
        number = Math.floor(number / values.length);
      }
      return found;
    }

    number(ranks) {
      return this.controls.reduce((sum, { values }, at) => sum * values.length + ranks[at], 0);
    }

    control(at) {
      const { name, label, kind, values } = this.controls[at];
      const id = `playground-${name}`;
      const input = make(kind === "select" ? "select" : "input", { id, ...(kind !== "select" && { type: kind }) });
      const told = make("span", { class: "playground-value", "aria-hidden": "true" }); // the slider says it
      const choose = (rank) => {
        this.chosen[at] = rank;
        if (kind === "range") {
          told.textContent = values[rank][1];
          input.setAttribute("aria-valuetext", values[rank][1]);
        }
      };
      if (kind === "select") {
        input.append(...values.map(([value, words]) => make("option", { value }, words)));
        input.selectedIndex = this.chosen[at];
      } else if (kind === "range") {
        for (const [key, value] of [["min", 0], ["max", values.length - 1], ["step", 1]]) input.setAttribute(key, value);
        input.value = this.chosen[at];
      } else {
        input.checked = this.chosen[at] === 1;
      }
      input.setAttribute("autocomplete", "off"); // else a reload shows what is not shown
      choose(this.chosen[at]);
      input.addEventListener("input", () => {
        choose(kind === "select" ? input.selectedIndex : kind === "range" ? Number(input.value) : Number(input.checked));
        this.show();
      });
      const words = make("label", { for: id }, label);
      const parts = kind === "checkbox" ? [input, words] : [words, input];
      if (kind === "range") parts.push(told);
      return make("div", { class: `playground-control playground-${kind}` }, ...parts);
    }

    show() {
      const { requests, errors, p50, p99, shares, busy, slowest, lost } = this.positions[this.number(this.chosen)];
      const share = errors ? `${errors} of ${requests} requests ended in an error` : `none of ${requests} requests ended in an error`;
      this.say.textContent = `Half of the answers took up to ${time(p50)}, 99 % of them up to ${time(p99)}; ${share}.`;
      const rows = NAMES.map((name, at) =>
        make("tr", {}, make("th", { scope: "row" }, name), bar("share", shares[at]), bar("busy", busy[at])),
      );
      this.result.replaceChildren(
        table("Each upstream", ["upstream", "share of tries", "busy"], rows),
        this.line(slowest, lost),
        table("The other policies, with all else the same", ["policy", "half", "99 %", "errors"], this.others()),
      );
    }

    others() {
      return this.controls[0].values.map(([, words], rank) => {
        const { p50, p99, errors } = this.positions[this.number([rank, ...this.chosen.slice(1)])];
        const cells = [time(p50), time(p99), String(errors)].map((each) => make("td", {}, each));
        const row = make("tr", {}, make("th", { scope: "row" }, words), ...cells);
        if (rank === this.chosen[0]) row.setAttribute("aria-current", "true");
        return row;
      });
    }

    // What the requests of each second had: a bar as high as nine of ten answers took at the most,
    // and a cross where some were lost. The scale is one of 1, 2 and 5 with noughts.
    line(slowest, lost) {
      const [left, width, top, height] = [4, 320, 24, 90];
      const most = [100, 200, 500, 1000, 2000, 5000, 10000, 20000].find((each) => each >= Math.max(...slowest)) ?? 50000;
      const step = width / this.seconds;
      const parts = slowest.map((ms, second) => {
        const x = left + second * step;
        const tall = Math.max((height * ms) / most, ms ? 1 : 0);
        const drawn = [draw("rect", { class: "playground-body", x: x + 1, y: top + height - tall, width: step - 2, height: tall })];
        if (lost[second]) drawn.push(draw("path", { class: "playground-lost", d: `M${x + 3} ${top + height + 5}l7 7m0 -7l-7 7` }));
        return draw("g", {}, ...drawn);
      });
      const words = (text, x, y, anchor) => draw("text", { x, y, "text-anchor": anchor }, text);
      const seconds = lost.filter(Boolean).length;
      const about = `Over ${this.seconds} seconds: the highest bar is ${time(Math.max(...slowest))}. ` +
        (seconds ? `Requests were lost in ${seconds} of the seconds.` : "No request was lost.");
      const bottom = top + height;
      const svg = draw(
        "svg", { viewBox: `0 0 ${left + width + 4} ${bottom + 36}`, role: "img", "aria-label": about },
        draw("path", { class: "playground-top", d: `M${left} ${top}h${width}` }), ...parts,
        draw("path", { class: "playground-ground", d: `M${left} ${bottom}h${width}` }),
        words(time(most), left + width, top - 8, "end"), words("90 % of the answers", left, top - 8, "start"),
        words("0 s", left, bottom + 31, "start"), words(`${this.seconds} s`, left + width, bottom + 31, "end"),
        words("\u00d7 requests lost", left + width / 2, bottom + 31, "middle"),
      );
      return make("div", { class: "playground-time" }, svg);
    }
  }

  for (const figure of document.querySelectorAll("figure[data-playground]")) new Playground(figure);
})();
