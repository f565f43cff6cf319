"use strict";
// Asks the browser for a passkey and sends what it signed in the form of the page; nothing else is fetched or sent.
// Without a script, or without passkeys, what needs them stays hidden; a recovery code does the same.
(() => {
  if (!window.PublicKeyCredential) return;
  for (const part of document.querySelectorAll("[data-needs-passkeys]")) part.hidden = false;

  const form = document.querySelector("form[data-options]");
  if (!form) return;

  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const withBytes = (known) => known.map((one) => ({ ...one, id: bytes(one.id) }));

  const make = (options) =>
    navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: withBytes(options.excludeCredentials ?? []),
      },
    });
  const prove = (options) =>
    navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        allowCredentials: withBytes(options.allowCredentials ?? []),
      },
    });
  const answerOf = (response) =>
    Object.fromEntries(
      ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]
        .filter((name) => response[name])
        .map((name) => [name, text(response[name])]),
    );

  let isAsking = false;
  const ask = async () => {
    if (isAsking) return;
    isAsking = true;
    const said = form.querySelector("[role=status]");
    said.textContent = "";
    try {
      const options = JSON.parse(form.dataset.options);
      const made = await (form.dataset.deed === "make" ? make(options) : prove(options));
      form.elements.credential.value = JSON.stringify({
        id: made.id,
        rawId: text(made.rawId),
        type: made.type,
        response: answerOf(made.response),
      });
      form.submit();
    } catch {
      said.textContent = form.dataset.refused;
      isAsking = false;
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  if (form.dataset.deed === "prove") ask();
})();
