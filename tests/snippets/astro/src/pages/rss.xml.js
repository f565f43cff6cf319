import rss from "@astrojs/rss";
import { getCollection } from "astro:content";

export async function GET(context) {
  const posts = await getCollection("blog");
  return rss({
    title: "Carla's blog",
    description: "Bread and bees",
    site: context.site ?? "https://blog.example/",
    items: posts.map((post) => ({ title: post.data.title, link: `blog/${post.id}/`, content: post.rendered.html })),
  });
}
