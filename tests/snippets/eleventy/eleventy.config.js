import { feedPlugin } from "@11ty/eleventy-plugin-rss";
import flattr from "./flattr-eleventy.mjs";

export default function (eleventyConfig) {
  eleventyConfig.addPlugin(flattr, {
    receiver: "https://flattr.example",
    site: process.env.SITE ?? "https://blog.example/",
  });
  eleventyConfig.addPlugin(feedPlugin, {
    type: "atom",
    outputPath: "/feed.xml",
    collection: { name: "posts", limit: 0 },
    metadata: { language: "en", title: "Carla's blog", base: "https://blog.example/", author: { name: "Carla" } },
  });
}
