// At the end of a build, writes the signed list of all buttons, by which the receiver sees that the site is yours.

import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";

import { listOf } from "./flattr.mjs";
import { RECEIVER } from "./post.mjs";

const TOKEN = /<a class="flattr-button" href="[^"]*\/f\/([\w-]+\.[\w-]+)"/g;

export default function flattr() {
  let site;
  return {
    name: "flattr",
    hooks: {
      "astro:config:done": ({ config }) => {
        site = config.site && new URL(config.base, config.site).href;
      },
      "astro:build:done": async ({ dir }) => {
        const list = listOf({ receiver: RECEIVER, site, tokens: await tokensIn(dir) });
        if (!list) return;
        await mkdir(new URL(".well-known/", dir), { recursive: true });
        await writeFile(new URL(".well-known/flattr.json", dir), list);
      },
    },
  };
}

async function tokensIn(dir) {
  const names = (await readdir(dir, { recursive: true })).filter((name) => name.endsWith(".html"));
  const path = (name) => name.split(/[\\/]/).map(encodeURIComponent).join("/");
  const pages = await Promise.all(names.map((name) => readFile(new URL(path(name), dir), "utf8")));
  return pages.flatMap((page) => [...page.matchAll(TOKEN)].map(([, token]) => token));
}
