// What the tests measure on a page. Each measure returns a list of faults.
window.measures = (() => {
  "use strict";

  // What makes the page scroll sideways.
  const tooWide = () => {
    const width = document.documentElement.clientWidth;
    if (document.scrollingElement.scrollWidth <= width) return [];
    const wide = [...document.querySelectorAll(".md-content *")].filter(
      (each) => each.getBoundingClientRect().right > width + 1 && !each.closest("pre"),
    );
    return ["the page", ...wide.slice(0, 3).map((each) => each.outerHTML.slice(0, 200))];
  };

  // The words of pictures that are smaller than 14 pixels as they are shown; than 12 where the
  // window is narrower than any phone that is sold.
  const smallText = () =>
    [...document.querySelectorAll("figure svg text")]
      .filter((each) => each.getClientRects().length > 0 && each.textContent.trim())
      .filter((each) => {
        const { a, b } = each.getScreenCTM();
        return parseFloat(getComputedStyle(each).fontSize) * Math.hypot(a, b) < (innerWidth < 360 ? 11.9 : 13.9);
      })
      .map((each) => each.textContent);

  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

  const known = new Map();

  // Any CSS colour as red, green, blue and alpha from 0 to 255.
  const channels = (colour) => {
    if (!known.has(colour)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      known.set(colour, [...canvas.getImageData(0, 0, 1, 1).data]);
    }
    return known.get(colour);
  };

  const luminance = (colour) => {
    const [red, green, blue] = colour
      .map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };

  const WHITE = [255, 255, 255, 255];

  // What is painted below an element; `seen` has what was found for others.
  const ground = (element, seen) => {
    if (!element) return WHITE;
    if (!seen.has(element)) {
      const own = channels(getComputedStyle(element).backgroundColor);
      seen.set(element, own[3] === 255 ? own : ground(element.parentElement, seen));
    }
    return seen.get(element);
  };

  const over = (colour, below) =>
    colour.map((part, index) => (part * colour[3] + below[index] * (255 - colour[3])) / 255);

  const words = (element) =>
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());

  // Text whose contrast with its ground is less than 4.5 to 1 (WCAG, AA), or than what is asked for.
  const faint = (least = 4.5) => {
    const found = new Set();
    const seen = new Map();
    for (const element of document.querySelectorAll("body *")) {
      if (!words(element) || !element.checkVisibility({ opacityProperty: true })) continue;
      if (element.closest("svg, script, style, .headerlink, .md-search")) continue;
      const below = ground(element, seen);
      const colour = over(channels(getComputedStyle(element).color), below);
      const [dark, bright] = [luminance(colour), luminance(below)].sort((a, b) => a - b);
      const contrast = (bright + 0.05) / (dark + 0.05);
      if (contrast < least) {
        const name = `${element.tagName}.${element.className}`;
        found.add(`${contrast.toFixed(2)} ${name}: ${element.textContent.slice(0, 40)}`);
      }
    }
    return [...found];
  };

  // What the keyboard is on, when nothing shows that it is.
  const unseenFocus = () => {
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
    if (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1) return [];
    return [document.activeElement.outerHTML.slice(0, 200)];
  };

  // Words of the glossary whose meaning, shown by the keyboard, covers them or leaves the window.
  const badTips = () =>
    [...document.querySelectorAll("a.term")].filter((term) => {
      term.closest("details")?.setAttribute("open", "");
      term.focus();
      const word = term.getBoundingClientRect();
      const tip = document
        .getElementById(term.getAttribute("aria-describedby"))
        .getBoundingClientRect();
      const inside =
        tip.width > 0 && tip.left >= 0 && tip.right <= innerWidth && tip.top >= 0 && tip.bottom <= innerHeight;
      return !inside || !(tip.bottom <= word.top || tip.top >= word.bottom);
    }).map((term) => term.textContent);

  return { badTips, unseenFocus, tooWide, smallText, faint };
})();
