import { defineCollection } from "astro:content";
import { glob } from "astro/loaders";

export const collections = {
  // The slug as it is: Astro's own would drop what is not a letter.
  blog: defineCollection({
    loader: glob({ pattern: "*.md", base: "./posts", generateId: ({ entry }) => entry.replace(/\.md$/, "") }),
  }),
};
