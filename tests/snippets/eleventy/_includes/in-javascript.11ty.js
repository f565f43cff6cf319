export const data = { layout: "base.njk" };

export function render({ content, page }) {
  return `<article>${content}${this.flattrButton(page)}</article>`;
}
