"use strict";
// A button that copies the code beside it.  Without a script there is none, and the code can be selected all the same.
(() => {
  const SHOWN_MS = 2000;
  const words = document.currentScript.dataset;

  const select = (code) => getSelection().selectAllChildren(code);

  for (const figure of document.querySelectorAll(".file")) {
    const code = figure.querySelector("code");
    const caption = figure.querySelector("figcaption");
    const button = document.createElement("button");
    const said = document.createElement("span");
    button.type = "button";
    button.textContent = words.copy;
    button.setAttribute("aria-describedby", caption.firstElementChild.id);
    said.setAttribute("role", "status");
    caption.append(said, button);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        said.textContent = words.copied;
      } catch {
        select(code);
        said.textContent = words.selected;
      }
      setTimeout(() => { said.textContent = ""; }, SHOWN_MS);
    });
  }
})();
