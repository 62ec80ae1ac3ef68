// Plays the figures that move. A figure comes with its picture drawn and with every state of it
// reckoned (chapters/site/figure.py); what is left to do here is to show one state after another.
// Without JavaScript the picture stands still, and the steps can be read below it.
(() => {
  "use strict";

  const TRAVEL = 800; // milliseconds for the way of a token
  const MANY = 3; // from here on a step is told faster
  const PAUSE = 250; // between the beats of a step
  const reading = (sentence) => 1400 + 38 * sentence.length;

  const stillness = matchMedia("(prefers-reduced-motion: reduce)");

  const make = (name, attributes, ...content) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...content);
    return made;
  };

  // A sentence, in which `code` stands in backticks.
  const spoken = (sentence) =>
    sentence.split("`").map((part, index) => (index % 2 ? make("code", {}, part) : part));

  const icon = (d) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    svg.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
    svg.firstChild.setAttribute("d", d);
    return svg;
  };

  const ICONS = {
    back: "M12.5 3v10l-7-5z M3.5 3h1.6v10H3.5z",
    play: "M4 2.5v11l9.5-5.5z",
    pause: "M3.5 2.5h3.4v11H3.5z M9.1 2.5h3.4v11H9.1z",
    forward: "M3.5 3v10l7-5z M10.9 3h1.6v10h-1.6z",
  };

  // One of a figure's pictures: it is drawn twice, for a desk and for a phone.
  class Picture {
    constructor(svg) {
      this.svg = svg;
      this.tokens = [...svg.querySelectorAll("[data-token]")];
      this.entries = [...svg.querySelectorAll("[data-entry]")];
    }

    // Shows a state; its tokens have come `part` of their way.
    show(frame, part) {
      for (const [id, [state, status]] of Object.entries(frame.actors)) {
        const actor = this.find("actor", id, state);
        const rows = actor.querySelectorAll("[data-status]");
        rows.forEach((row, index) => {
          row.textContent = (rows.length === 1 ? status.join(" ") : status[index]) ?? "";
        });
      }
      for (const [id, [state, words]] of Object.entries(frame.links)) {
        this.write(this.find("link", id, state), words);
      }
      for (const [id, [filled, words, state]] of Object.entries(frame.levels)) {
        const gauge = this.find("gauge", id, state);
        gauge.querySelector("[data-fill]").style.transform = `scaleX(${filled})`;
        this.write(gauge, words);
      }
      for (const [id, [title, lines]] of Object.entries(frame.notes)) this.note(id, title, lines);
      if (frame.entries) this.lanes(frame);
      this.move(frame.tokens, part);
    }

    // Entries come to stand in their lanes, as far as the time has come.
    lanes({ scores, entries: [first, end], now }) {
      for (const [id, lines] of Object.entries(scores)) {
        const rows = this.svg.querySelectorAll(`[data-lane="${id}"] [data-score]`);
        rows.forEach((row, index) => {
          row.textContent = (rows.length === 1 ? lines.join(" ") : lines[index]) ?? "";
        });
      }
      this.entries.forEach((entry, index) => {
        if (index >= first && index < end) entry.removeAttribute("visibility");
        else entry.setAttribute("visibility", "hidden");
      });
      const line = this.svg.querySelector("[data-now]");
      const [from, to] = line.dataset.now.split(" ").map(Number);
      line.setAttribute("transform", `translate(${(from + (to - from) * now).toFixed(1)} 0)`);
    }

    find(kind, id, state) {
      const found = this.svg.querySelector(`[data-${kind}="${id}"]`);
      found.setAttribute("data-state", state);
      return found;
    }

    write(part, words) {
      const place = part.querySelector("[data-words]");
      if (place) place.textContent = words;
    }

    note(id, title, lines) {
      const note = this.svg.querySelector(`[data-note="${id}"]`);
      if (!note) return;
      note.querySelector("[data-title]").textContent = title;
      note.querySelectorAll("[data-line]").forEach((line, index) => {
        const [mark, words] = lines[index] ?? ["plain", ""];
        line.setAttribute("data-mark", mark);
        this.write(line, words);
      });
    }

    move(moving, part) {
      this.tokens.forEach((token, slot) => {
        if (!moving.includes(slot)) return token.setAttribute("visibility", "hidden");
        const [x1, y1, x2, y2] = token.dataset.way.split(" ").map(Number);
        const x = (x1 + (x2 - x1) * part).toFixed(1);
        const y = (y1 + (y2 - y1) * part).toFixed(1);
        token.setAttribute("transform", `translate(${x} ${y})`);
        token.removeAttribute("visibility");
      });
    }
  }

  class Player {
    constructor(figure) {
      const { title, scenes } = JSON.parse(figure.querySelector("script").textContent);
      this.figure = figure;
      this.scenes = scenes;
      this.pictures = [...figure.querySelectorAll("svg[role=img]")].map((svg) => new Picture(svg));
      this.say = figure.querySelector(".trace-say");
      this.run = 0; // what was begun under another number is no longer wanted
      this.playing = false;
      this.waiting = false; // it was playing when it went out of sight
      this.control(title);
      this.choose(0);
      this.say.setAttribute("aria-live", "polite");
      this.say.setAttribute("aria-atomic", "true");
      this.watch();
    }

    get steps() {
      return this.scenes[this.scene].steps;
    }

    get atEnd() {
      return this.step === this.steps.length - 1;
    }

    control(title) {
      const button = (name, label, act, title = "") => {
        const attributes = { type: "button", ...(title && { title }) };
        const made = make("button", attributes, icon(ICONS[name]), make("span", {}, label));
        made.addEventListener("click", act);
        return made;
      };
      this.back = button("back", "Back", () => this.go(this.step - 1), "Left arrow");
      this.toggle = button("play", "Play", () => (this.playing ? this.pause() : this.play()));
      this.forward = button("forward", "Next", () => this.advance(), "Right arrow");
      this.toggle.className = "trace-toggle";
      this.count = make("span", { class: "trace-count" });
      const bar = make("div", { class: "trace-controls" });
      bar.append(this.back, this.toggle, this.forward, this.count);
      this.say.before(bar);
      this.tabs = this.scenes.map(({ name }, index) => {
        const tab = make("button", { type: "button" }, name);
        tab.addEventListener("click", () => this.choose(index));
        return tab;
      });
      if (this.tabs.length > 1) {
        const group = { class: "trace-scenes", role: "group", "aria-label": "Scene" };
        this.figure.prepend(make("div", group, ...this.tabs));
      }
      this.figure.setAttribute("role", "group");
      this.figure.setAttribute("aria-label", `${title}. Arrow keys step back and forth.`);
      this.figure.addEventListener("keydown", (event) => this.press(event));
    }

    press(event) {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      const act = {
        ArrowLeft: () => this.go(this.step - 1),
        ArrowRight: () => this.advance(),
        Home: () => this.go(0),
        End: () => this.go(this.steps.length - 1),
      }[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    }

    // Plays only while it is seen.
    watch() {
      let visible = true;
      const change = () => {
        const seen = visible && !document.hidden;
        if (!seen && this.playing) {
          this.pause();
          this.waiting = true;
        } else if (seen && this.waiting) {
          this.play();
        }
      };
      new IntersectionObserver((entries) => {
        visible = entries[entries.length - 1].isIntersecting;
        change();
      }).observe(this.say.previousElementSibling);
      document.addEventListener("visibilitychange", change);
      addEventListener("resize", () => this.reserve());
      document.fonts.ready.then(() => this.reserve());
    }

    // Keeps the page from jumping: as much room for every sentence as the longest needs.
    reserve() {
      const trials = this.steps.map(({ say }) => {
        const trial = this.say.cloneNode();
        trial.removeAttribute("aria-live");
        trial.style.cssText = "position:absolute;visibility:hidden;min-height:0";
        trial.style.width = `${this.say.clientWidth}px`;
        trial.replaceChildren(...spoken(say));
        return trial;
      });
      this.say.after(...trials); // all at once, for one layout and not one each
      const heights = trials.map((trial) => trial.getBoundingClientRect().height);
      trials.forEach((trial) => trial.remove());
      this.say.style.minHeight = `${Math.ceil(Math.max(...heights))}px`;
    }

    choose(scene) {
      this.pause();
      this.scene = scene;
      this.tabs.forEach((tab, index) => tab.setAttribute("aria-pressed", String(index === scene)));
      this.tell(0);
      this.settle();
      this.reserve();
    }

    // Shows a step as it ends, without a motion.
    go(step) {
      this.pause();
      if (step < 0 || step >= this.steps.length) return;
      this.tell(step);
      this.settle();
    }

    tell(step) {
      this.step = step;
      this.say.replaceChildren(...spoken(this.steps[step].say));
      this.count.textContent = `Step ${step + 1} of ${this.steps.length}`;
      this.back.setAttribute("aria-disabled", String(step === 0));
      this.forward.setAttribute("aria-disabled", String(this.atEnd));
    }

    settle() {
      this.show(this.steps[this.step].frames.at(-1), 1);
    }

    show(frame, part) {
      for (const picture of this.pictures) picture.show(frame, part);
    }

    advance() {
      this.pause();
      if (!this.atEnd) this.perform(this.step + 1, this.run);
    }

    async play() {
      this.pause();
      const run = this.run;
      this.set(true);
      // From the end it begins again; at a beginning, its first step is still to be seen moving.
      let next = this.atEnd || this.step === 0 ? 0 : this.step + 1;
      for (; next < this.steps.length; next += 1) {
        await this.perform(next, run);
        if (run === this.run && !this.atEnd) await this.wait(reading(this.steps[next].say));
        if (run !== this.run) return;
      }
      this.set(false);
    }

    pause() {
      this.run += 1;
      this.waiting = false;
      if (this.step !== undefined) this.settle();
      this.set(false);
    }

    set(playing) {
      this.playing = playing;
      const [name, label] = playing ? ["pause", "Pause"] : ["play", "Play"];
      this.toggle.replaceChildren(icon(ICONS[name]), make("span", {}, label));
    }

    // A step from its first beat to its last, unless something else is wanted meanwhile.
    async perform(step, run) {
      this.tell(step);
      if (stillness.matches) return this.settle();
      const { frames } = this.steps[step];
      const travel = frames.filter((frame) => frame.moves).length > MANY ? TRAVEL / 2 : TRAVEL;
      for (const frame of frames) {
        if (frame.moves) await this.travel(frame, travel, run);
        else {
          this.show(frame, 1);
          await this.wait(PAUSE);
        }
        if (run !== this.run) return;
      }
    }

    travel(frame, duration, run) {
      this.show(frame, 0);
      const begun = performance.now();
      return new Promise((done) => {
        const draw = (now) => {
          if (run !== this.run) return done();
          const part = Math.min(Math.max(now - begun, 0) / duration, 1);
          const eased = part < 0.5 ? 2 * part * part : 1 - 2 * (1 - part) ** 2;
          for (const picture of this.pictures) picture.move(frame.tokens, eased);
          if (part < 1) requestAnimationFrame(draw);
          else done();
        };
        requestAnimationFrame(draw);
      });
    }

    wait(milliseconds) {
      return new Promise((done) => setTimeout(done, milliseconds));
    }
  }

  for (const figure of document.querySelectorAll("figure[data-trace]")) new Player(figure);
})();
