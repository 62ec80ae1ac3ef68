// What a word of the glossary means, beside the word: while the mouse points at it or the keyboard
// is on it, and after a tap. Escape puts it away. Without JavaScript the word is a link, no more.
(() => {
  "use strict";

  const box = document.querySelector(".term-tips");
  if (box === null) return;
  document.body.append(box); // where nothing cuts it off

  const GAP = 8;
  const REACH = 250; // milliseconds in which the mouse may cross the gap
  let shown = null;
  let leaving = 0;

  const tipOf = (term) => document.getElementById(term.getAttribute("aria-describedby"));

  // Above the word where there is room, else below it: never over it.
  const place = (term, tip) => {
    const word = term.getBoundingClientRect();
    const width = document.documentElement.clientWidth;
    const top = document.querySelector(".md-header")?.getBoundingClientRect().bottom ?? 0;
    const middle = word.left + word.width / 2 - tip.offsetWidth / 2;
    const left = Math.max(GAP, Math.min(middle, width - tip.offsetWidth - GAP));
    const above = word.top - tip.offsetHeight - GAP;
    const below = word.bottom + GAP;
    tip.style.left = `${left + scrollX}px`;
    tip.style.top = `${(above >= top ? above : below) + scrollY}px`;
  };

  const hide = () => {
    clearTimeout(leaving);
    if (shown !== null) tipOf(shown).hidden = true;
    shown = null;
  };
  const show = (term) => {
    if (shown !== term) hide();
    clearTimeout(leaving);
    shown = term;
    tipOf(term).hidden = false;
    place(term, tipOf(term));
  };
  const hideSoon = () => {
    clearTimeout(leaving);
    leaving = setTimeout(() => shown !== document.activeElement && hide(), REACH);
  };
  const byMouse = (action) => (event) => event.pointerType === "mouse" && action();

  for (const term of document.querySelectorAll("a.term")) {
    const tip = tipOf(term);
    let tapShows = false;
    term.addEventListener("pointerenter", byMouse(() => show(term)));
    term.addEventListener("pointerleave", byMouse(hideSoon));
    tip.addEventListener("pointerenter", byMouse(() => clearTimeout(leaving)));
    tip.addEventListener("pointerleave", byMouse(hideSoon));
    term.addEventListener("focus", () => show(term));
    term.addEventListener("blur", hide);
    // The first tap shows, the second follows the link.
    term.addEventListener("pointerdown", (event) => {
      tapShows = event.pointerType !== "mouse" && shown !== term;
    });
    term.addEventListener("click", (event) => {
      if (!tapShows) return;
      tapShows = false;
      event.preventDefault();
      show(term);
    });
  }

  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  document.addEventListener("pointerdown", (event) => {
    if (shown !== null && !shown.contains(event.target) && !box.contains(event.target)) hide();
  });
  window.addEventListener("resize", hide);
})();
