"use strict";
// The reader trusts this site, came from it and had pressed its button: the page sends itself, and undo comes next.
// Which page has this, and how often it may: docs/decisions/0019-one-click-trust.md.
(() => {
  const form = document.getElementById("at-once");
  const [arrival] = performance.getEntriesByType("navigation");
  // In a page of its own, and not shown again by reload or history, which no press on the button was before.
  if (!form || window.top !== window || !arrival || arrival.type !== "navigate") return;
  const send = () => {
    if (document.prerendering || document.visibilityState !== "visible") return;
    document.removeEventListener("visibilitychange", send);
    document.getElementById("at-once-words").hidden = false;
    form.submit();
  };
  document.addEventListener("visibilitychange", send);
  send();
})();
