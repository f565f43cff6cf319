// Eleventy 3: `{% flattrButton page %}` and `{% flattrHead page %}` in any template language.

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { listOf, openBlog } from "./flattr.mjs";

const TAGS_OF_POSTS = ["post", "posts"];

/** A post is what is tagged `post` or `posts`, or says `flattr: true`; a draft, or one with `flattr: false`, is none. */
export default function flattr(eleventyConfig, { receiver, site }) {
  const signedByUrl = new Map();

  // A collection, because it alone sees the data of all posts before any is rendered.
  eleventyConfig.addCollection("flattr", (collections) => {
    const sign = process.env.ELEVENTY_RUN_MODE === "build" ? openBlog({ receiver, site }) : () => undefined;
    signedByUrl.clear();
    for (const item of collections.getAll().filter(wantsButton)) signedByUrl.set(item.url, sign(postOf(item, site)));
    return [];
  });
  // The page is asked for, because `this.page` of a layout in JavaScript stays that of the first page (Eleventy 3.1.8).
  eleventyConfig.addShortcode("flattrButton", (page) => signedOf(page)?.button ?? "");
  eleventyConfig.addShortcode("flattrHead", (page) => signedOf(page)?.head ?? "");

  eleventyConfig.on("eleventy.after", async ({ directories, runMode, outputMode }) => {
    const tokens = [...signedByUrl.values()].flatMap((signed) => signed?.token ?? []);
    const list = runMode === "build" && outputMode === "fs" ? listOf({ receiver, site, tokens }) : undefined;
    if (!list) return;
    const path = join(directories.output, ".well-known", "flattr.json");
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, list);
  });

  function signedOf(page) {
    if (!page) throw new Error("say which page: {% flattrButton page %} and {% flattrHead page %}");
    return signedByUrl.get(page.url);
  }
}

function wantsButton({ url, data }) {
  if (!url || data.draft || data.flattr === false) return false;
  return data.flattr === true || tagsOf(data).some((tag) => TAGS_OF_POSTS.includes(tag));
}

function postOf({ url, data }, site) {
  return {
    url: String(site).replace(/\/*$/, "") + url.replaceAll(" ", "%20"),
    title: data.title,
    language: data.lang ?? data.language ?? data.page.lang,
    category: data.category,
    tags: tagsOf(data).filter((tag) => !TAGS_OF_POSTS.includes(tag)),
    modified: data.updated ?? data.date,
  };
}

function tagsOf(data) {
  return [data.tags ?? []].flat();
}
