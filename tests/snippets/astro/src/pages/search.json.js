import { getCollection } from "astro:content";

export async function GET() {
  const posts = await getCollection("blog");
  return Response.json(posts.map((post) => ({ title: post.data.title, text: post.rendered.html })));
}
