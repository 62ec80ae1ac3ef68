// The words of a figure that moves whose contrast with what is painted below them is less than 4.5
// to 1. measures.js looks at grounds of CSS, and in a picture the ground is another shape.
window.faintDrawn = (figure) => {
  "use strict";

  const luminance = (colour) => {
    const [red, green, blue] = colour
      .match(/[\d.]+/g)
      .map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };

  const contrast = (one, other) => {
    const [dark, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };

  const seen = (part) =>
    part.checkVisibility({ visibilityProperty: true }) && getComputedStyle(part).fill !== "none";

  // The last shape before the text that its middle is on.
  const ground = (text, shapes) => {
    const { left, right, top, bottom } = text.getBoundingClientRect();
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    const below = shapes.filter((shape) => {
      const box = shape.getBoundingClientRect();
      const earlier = shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING;
      return earlier && box.left <= x && x <= box.right && box.top <= y && y <= box.bottom;
    });
    return below.length
      ? getComputedStyle(below.at(-1)).fill
      : getComputedStyle(document.body).backgroundColor;
  };

  const found = [];
  for (const svg of figure.querySelectorAll("svg[role=img]")) {
    const shapes = [...svg.querySelectorAll("rect, path")].filter(seen);
    for (const text of [...svg.querySelectorAll("text")].filter(seen)) {
      if (!text.textContent) continue;
      const measured = contrast(getComputedStyle(text).fill, ground(text, shapes));
      if (measured < 4.5) found.push(`${measured.toFixed(2)}: ${text.textContent}`);
    }
  }
  return found;
};
