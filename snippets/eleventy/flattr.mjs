// The signed button of Flattr, for sites that Node builds.  Needs Node 18 and nothing else.
// The token byte by byte: docs/token.md of selfhosted-flattr.

import { createHmac } from "node:crypto";

// Change the words here, or add a language.
const TEXT_BY_LANGUAGE = {
  en: "Flattr this",
  de: "Diesen Beitrag flattrn",
};

const DRAWING =
  'style="display:inline-flex;align-items:center;box-sizing:border-box;border:1px solid var(--flattr-border,currentColor);color:var(--flattr-color,inherit);background:var(--flattr-background,transparent);font:inherit;line-height:1;text-decoration:none;vertical-align:middle;gap:.45em;min-height:max(44px,2.75em);padding:.4em 1em;border-radius:var(--flattr-radius,.5em)"><svg aria-hidden="true" width="16" height="16" style="flex:none" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"><circle cx="8" cy="8" r="7"/><path d="M6.2 12V6.4c0-1.4.8-2.2 2.2-2.2h1.4M5 8.4h4"/></svg>';

const KEY = /^(fsk1_([a-z2-7]{10})_([1-9][0-9]{0,3})_([0-9a-f]{64}))_([0-9a-f]{8})$/;
const LANGUAGE = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}$/;
const TOKEN_LENGTH_MAX = 4000;

const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;
// Invisible, or able to make a title show as something else; but for the joiners of Persian, Indic scripts and emoji.
const UNSAFE =
  /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\u2065\ufff0-\ufff8\u{e0000}-\u{e00ff}\u{e01f0}-\u{e0fff}]/gu;
const SHOWS =
  /[^\s\x1c-\x1f\x85\p{Mn}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c\u200d\u2800\u3164\uffa0]/u;

const said = new Set();

/**
 * Return a function that signs posts: it gives `{ token, button, head }`, the latter two HTML, or undefined where no
 * button can be.  `receiver` and `site` are addresses.  Why there is no button is said once; a missing key is no fault.
 */
export function openBlog({ receiver, site, environment = process.env, warn = console.warn }) {
  const say = (message) => said.has(message) || (said.add(message), warn(`flattr: ${message}`));
  const text = (environment.FLATTR_SITE_KEY ?? "").trim();
  if (!text) return () => undefined;
  try {
    const key = readKey(text);
    const [base, scope] = [canonicalScope(receiver), canonicalScope(site)];
    return (post) => {
      try {
        return withButton(base, tokenOf(key, scope, post), post.language);
      } catch (error) {
        say(`no button for ${post.url}; ${error.message}`);
      }
    };
  } catch (error) {
    say(`posts have no button; ${error.message}`);
    return () => undefined;
  }
}

/** Return the signed list of all tokens for `.well-known/flattr.json`, or undefined where no button can be. */
export function listOf({ receiver, site, tokens, environment = process.env }) {
  let key, base, scope;
  try {
    key = readKey(environment.FLATTR_SITE_KEY ?? "");
    [base, scope] = [canonicalScope(receiver), canonicalScope(site)];
  } catch {
    return undefined; // `openBlog` has said why
  }
  const things = asManyAsFit([...new Set(tokens)].sort());
  const lines = ["flattr things", 1, base, key.site, key.generation, scope, ...things].map((line) => `${line}\n`);
  const signature = createHmac("sha256", key.secret).update(lines.join("")).digest("base64url");
  const { generation, site: id } = key;
  return `${JSON.stringify({ generation, receiver: base, scope, signature, site: id, things, version: 1 }, null, 1)}\n`;
}

function asManyAsFit(tokens) {
  let length = 4000;
  return tokens.slice(0, 10_000).filter((token) => (length += token.length + 6) <= 4_000_000);
}

/** Return the token of a post: `url` and `title`, and if known `language`, `category`, `tags`, `modified`. */
export function tokenOf(key, scope, post) {
  const url = canonicalUrl(String(post.url));
  if (!url.startsWith(scope)) throw new Error(`it is outside of ${scope}; correct the address of the site`);
  const language = String(post.language ?? "").replaceAll("_", "-");
  const claim = {
    c: cleaned(post.category, 40) || undefined,
    g: key.generation,
    k: labelsOf(post.tags),
    l: LANGUAGE.test(language) ? language : undefined,
    m: secondsOf(post.modified),
    s: key.site,
    t: cleaned(post.title, 200) || url.slice(0, 200),
    u: url,
    v: 1,
  };
  const token = signed(claim, key.secret);
  return token.length <= TOKEN_LENGTH_MAX ? token : signed({ ...claim, c: undefined, k: undefined }, key.secret);
}

/** Read a site key as copied; throw an error that never shows it. */
export function readKey(text) {
  const match = KEY.exec(text.trim());
  if (!match) {
    throw new Error(
      "FLATTR_SITE_KEY holds no site key; it reads fsk1_<site>_<generation>_<64 digits>_<checksum>, copy it as a whole",
    );
  }
  const [, body, site, generation, secret, checksum] = match;
  if (crc32(body) !== checksum) {
    throw new Error("the checksum of FLATTR_SITE_KEY does not fit; a character was changed, copy it again");
  }
  return { site, generation: Number(generation), secret };
}

/** Return the text as a claim may carry it: NFC, one line, nothing invisible, not too long; maybe empty. */
export function cleaned(text, pointsMax) {
  const visible = String(text ?? "").replace(SPACE, " ").replace(UNSAFE, "");
  const line = visible.normalize("NFC").replace(SPACE, " ").trim();
  const points = [...line];
  const cut = points.length > pointsMax ? `${points.slice(0, pointsMax - 1).join("").trimEnd()}…` : line;
  return SHOWS.test(cut) ? cut : "";
}

/** Return the one spelling of an address, or throw an error that says what to write instead. */
export function canonicalUrl(written) {
  if (/[\x00-\x20\x7f\\]/.test(written)) throw new Error("an address holds no white space and no backslash; escape them");
  const parts = /^(https?):\/\/([^/?#]*)([^?#]*)\??([^#]*)/i.exec(written);
  if (!parts) throw new Error("write an absolute address that begins with https:// or http://");
  const [, scheme, authority, path, query] = parts;
  const origin = `${scheme.toLowerCase()}://${hostOf(scheme, authority)}`;
  const resolved = new URL(origin + escaped(path || "/", /[A-Za-z0-9\-._~!$&'()*+,;=:@/]/)).pathname;
  if (resolved.split(/\/|%2F|%5C/).some((segment) => /^\.\.?$/.test(segment.split(";")[0]))) {
    throw new Error("no dot segment behind an escaped slash or before a semicolon; servers read it differently");
  }
  const asked = withoutTracking(escaped(query, /[A-Za-z0-9\-._~!$&()*+,;=:@/?]/));
  const canonical = origin + resolved + (asked && `?${asked}`);
  if (canonical.length > 1024) throw new Error(`an address has at most 1,024 bytes, this one ${canonical.length}`);
  return canonical;
}

function canonicalScope(address) {
  if (!address) throw new Error("set the address of the receiver and the address of the site");
  const scope = canonicalUrl(String(address).trim());
  if (scope.includes("?")) throw new Error(`leave out the question mark and what follows it: ${scope}`);
  return scope.endsWith("/") ? scope : `${scope}/`;
}

/** Return host and port; only a name that `URL` reads as it is written, so that it is one host to everybody. */
function hostOf(scheme, authority) {
  const name = authority.split(":")[0].toLowerCase();
  const isPlain = name.split(".").every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label));
  const address = `${scheme}://${authority}/`;
  const url = isPlain && name.length <= 253 && URL.canParse(address) ? new URL(address) : undefined;
  if (url?.hostname !== name || url.username || url.port === "0") {
    throw new Error("write the host as a plain name such as blog.example, beyond ASCII in its xn-- form");
  }
  return url.host;
}

function escaped(text, kept) {
  return text.replace(/%([0-9A-Fa-f]{2})|[^]/gu, (piece, digits) => {
    if (digits === "00") throw new Error("no zero byte in an address");
    if (!digits) return kept.test(piece) ? piece : encodeURIComponent(piece).replace("'", "%27");
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    return /[A-Za-z0-9\-._~]/.test(character) ? character : piece.toUpperCase();
  });
}

function withoutTracking(query) {
  const tracks = (parameter) => /^(fbclid|gclid|ref|utm_.*)$/i.test(parameter.split("=")[0]);
  return query.split("&").filter((parameter) => !tracks(parameter)).join("&");
}

function labelsOf(tags) {
  const labels = new Set([tags ?? []].flat().map((tag) => cleaned(tag, 40)));
  labels.delete("");
  return labels.size ? [...labels].slice(0, 10) : undefined;
}

/** Return whole seconds since 1970; a time without a zone is UTC, so that every machine builds the same bytes. */
function secondsOf(moment) {
  const written = moment instanceof Date ? moment.toJSON() : String(moment ?? "").trim();
  const [, day, time, zone] = /^(\d{4}-\d\d-\d\d)(?:[T ]+([\d:.]+) *(Z|[+-]\d\d:\d\d)?)?$/.exec(written ?? "") ?? [];
  const seconds = Math.floor(Date.parse(`${day}T${time ?? "00:00"}${zone ?? "Z"}`) / 1000);
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

function signed(claim, secret) {
  const payload = Buffer.from(JSON.stringify(claim)).toString("base64url");
  return `${payload}.${createHmac("sha256", secret).update(payload).digest("base64url")}`;
}

function withButton(base, token, language) {
  const primary = String(language ?? "").split(/[-_]/)[0].toLowerCase();
  const spoken = Object.hasOwn(TEXT_BY_LANGUAGE, primary) ? primary : "en";
  const href = `${base}f/${token}`;
  const text = TEXT_BY_LANGUAGE[spoken].replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return {
    token,
    button:
      `<p data-pagefind-ignore><a class="flattr-button" href="${href}" rel="payment nofollow noopener"` +
      ` referrerpolicy="origin" lang="${spoken}" ${DRAWING}<span>${text}</span></a></p>`,
    head: `<link rel="payment" type="text/html" href="${href}">`,
  };
}

function crc32(text) {
  let crc = ~0;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return (~crc >>> 0).toString(16).padStart(8, "0");
}
