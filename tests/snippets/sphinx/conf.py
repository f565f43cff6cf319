import os
import sys

sys.path.append(".")

project = "Carla's blog"
extensions = ["ablog", "flattr_sphinx"]
html_baseurl = os.environ.get("SITE", "https://blog.example/")
blog_baseurl = html_baseurl
blog_title = "Carla's blog"
blog_feed_fulltext = True
flattr_url = "https://flattr.example"
flattr_pages = ["notes/*"]
html_theme = "alabaster"
html_show_sphinx = False
html_copy_source = False
smartquotes = False
