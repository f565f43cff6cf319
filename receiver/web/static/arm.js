"use strict";
// A click that was aimed at another page must not land on the button that moves money (DoubleClickjacking).
// Blocking in <head>, so the button is never there unarmed.  Why: docs/decisions/0007-one-page-two-clicks.md.
(() => {
  const QUIET_MS = 700;
  let since = performance.now();
  let moves = 0;
  let hasInput = false;

  const disarm = () => {
    since = performance.now();
    moves = 0;
    hasInput = false;
  };
  const isArmed = () =>
    document.hasFocus() && !document.hidden && performance.now() - since >= QUIET_MS && (hasInput || moves >= 2);

  for (const name of ["load", "focus", "blur", "pageshow"]) addEventListener(name, disarm);
  document.addEventListener("visibilitychange", disarm);
  addEventListener("pointermove", () => { moves += 1; }, true);
  for (const name of ["keydown", "touchstart"]) addEventListener(name, () => { hasInput = true; }, true);

  addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest(".go") || isArmed()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    hasInput = true; // screen readers send bare clicks: for them the second press counts
    const armed = document.getElementById("armed");
    armed.textContent = armed.dataset.again;
  }, true);
})();
