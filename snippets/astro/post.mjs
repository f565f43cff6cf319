// What the components share: which receiver, and what a page knows of itself.

import { openBlog } from "./flattr.mjs";

export const RECEIVER = "https://flattr.example"; // the address of your receiver

/** Return `{ button, head }` of the page that is rendered, or undefined: `astro dev` and drafts have no button. */
export function flattrOf({ site, url, props }) {
  if (!import.meta.env.PROD || props.draft || props.flattr === false) return undefined;
  const base = site && new URL(import.meta.env.BASE_URL, site).href;
  return openBlog({ receiver: RECEIVER, site: base })({ ...props, url: site && new URL(url.pathname, site).href });
}
