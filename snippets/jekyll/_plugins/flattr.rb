# frozen_string_literal: true

# Signed Flattr buttons: {% flattr %} in the layout of a post is its button, {% flattr_head %} the link for its head.

require "json"
require "openssl"
require "zlib"

module Flattr
  RECEIVER = "https://flattr.example"
  SCOPE = "https://blog.example/"
  # The words on the button, by language; write yours behind them.
  WORDS = { "en" => "Flattr this", "de" => "Diesen Beitrag flattrn" }.freeze

  KEY = /\A(fsk1_([a-z2-7]{10})_([1-9][0-9]{0,3})_([0-9a-f]{64}))_([0-9a-f]{8})\z/
  LANGUAGE = /\A[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}\z/
  NO = %w[false no off 0].freeze
  # What shows as something else than it is, or shows nothing; U+200C and U+200D are needed in Persian and emoji.
  UNSAFE = /[\p{Cc}\p{Co}\p{Cs}\u00AD\u0600-\u0605\u061C\u06DD\u070F\u0890\u0891\u08E2\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFDD0-\uFDEF\uFEFF\uFFF0-\uFFFB\u{110BD}\u{110CD}\u{13430}-\u{1343F}\u{1BCA0}-\u{1BCA3}\u{1D173}-\u{1D17A}\u{E0000}-\u{E00FF}\u{E01F0}-\u{E0FFF}\uFFFE\uFFFF\u{1FFFE}\u{1FFFF}\u{2FFFE}\u{2FFFF}\u{3FFFE}\u{3FFFF}\u{4FFFE}\u{4FFFF}\u{5FFFE}\u{5FFFF}\u{6FFFE}\u{6FFFF}\u{7FFFE}\u{7FFFF}\u{8FFFE}\u{8FFFF}\u{9FFFE}\u{9FFFF}\u{AFFFE}\u{AFFFF}\u{BFFFE}\u{BFFFF}\u{CFFFE}\u{CFFFF}\u{DFFFE}\u{DFFFF}\u{EFFFE}\u{EFFFF}]/
  SHOWS_NOTHING = /\A[\s\p{Mn}\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200C\u200D\u2800\u3164\uFFA0]*\z/

  class << self
    # The address behind the button of a page, or nil.
    def address(page, site)
      return unless wanted?(page)

      key = site_key or return
      url = canonical(site.config["url"].to_s + site.config["baseurl"].to_s + page["url"].to_s)
      return if refused?(url, site)

      "#{RECEIVER.chomp("/")}/f/#{token(claim(page, site, url, key), labels(page), key)}"
    end

    # The file by which a receiver sees that the holder of the key rules this site, or nil.
    def proof(site)
      return unless "#{site.config["url"]}#{site.config["baseurl"]}".chomp("/") == SCOPE.chomp("/")

      key = site_key or return
      list = { "version" => 1, "receiver" => "#{RECEIVER.chomp("/")}/", "site" => key[2],
               "generation" => key[3].to_i, "scope" => SCOPE, "things" => [] }
      message = ["flattr things", *list.values_at("version", "receiver", "site", "generation", "scope")]
      JSON.generate(list.merge("signature" => signature("#{message.join("\n")}\n", key[4])))
    end

    def language(page, site)
      (page["lang"] || site.config["lang"] || "en").to_s.tr("_", "-")
    end

    # Says the same thing once, however many posts it concerns.
    def warn_once(message)
      @warned ||= {}
      Jekyll.logger.warn("flattr:", message) unless @warned[message]
      @warned[message] = true
    end

    private

    def wanted?(page)
      return false if page["draft"]

      page["flattr"].nil? ? page["collection"] == "posts" : !NO.include?(page["flattr"].to_s.downcase)
    end

    def site_key
      text = ENV["FLATTR_SITE_KEY"].to_s.strip
      return if text.empty?

      parts = KEY.match(text)
      if parts.nil?
        warn_once("FLATTR_SITE_KEY holds no site key, so there are no buttons; " \
                  "it reads fsk1_<site>_<generation>_<64 digits>_<checksum>, copy it as a whole")
      elsif format("%08x", Zlib.crc32(parts[1])) != parts[5]
        warn_once("the checksum of FLATTR_SITE_KEY does not fit, so there are no buttons; " \
                  "a character was changed, copy it again")
      else
        return parts
      end
      nil
    end

    # One page is one thing, so its address has one spelling: docs/token.md of the project.
    def canonical(url)
      url.sub(/#.*/m, "").gsub(/%\h\h|[^A-Za-z0-9\-._~!$&'()*+,;=:@\/]/) do |found|
        byte = found.length == 3 && found.start_with?("%") ? found[1, 2].hex.chr : found
        byte.match?(/\A[A-Za-z0-9\-._~]\z/) ? byte : byte.bytes.map { |one| format("%%%02X", one) }.join
      end
    end

    def refused?(url, site)
      if !url.start_with?(SCOPE)
        unless site.config["serving"]
          warn_once("#{site.config["url"]}#{site.config["baseurl"]} is outside of #{SCOPE}, so there are no buttons; " \
                    "correct url, or SCOPE in _plugins/flattr.rb")
        end
      elsif url.length > 1024 || url.include?("%00") || url.match?(%r{(?:/|%2F|%5C)\.\.?(?:;|/|%2F|%5C|\z)})
        warn_once("the address #{url} cannot stand in a button; give the post a plain slug")
      else
        return false
      end
      true
    end

    def claim(page, site, url, key)
      claim = { "v" => 1, "s" => key[2], "g" => key[3].to_i, "u" => url }
      title = cleaned(page["title"], 200)
      claim["t"] = title.empty? ? url[0, 200] : title
      claim["l"] = language(page, site) if language(page, site).match?(LANGUAGE)
      changed = page["last_modified_at"] || page["date"]
      claim["m"] = changed.to_time.to_i if changed.respond_to?(:to_time) && changed.to_time.to_i >= 0
      claim
    end

    def labels(page)
      category, = several(page["categories"])
      tags = several(page["tags"]).first(10)
      { "c" => category, "k" => tags.empty? ? nil : tags }.compact
    end

    def several(names)
      Array(names).map { |name| cleaned(name, 40) }.reject(&:empty?).uniq
    end

    # The text as a button may carry it: one line, nothing invisible, NFC, not too long.
    def cleaned(text, most)
      visible = text.to_s.encode("UTF-8").scrub("").gsub(/[\s\v\u001C-\u001F\u0085\p{Z}]/, " ").gsub(UNSAFE, "")
      line = visible.unicode_normalize(:nfc).squeeze(" ").strip
      line = "#{line[0, most - 1].rstrip}…" if line.length > most
      line.match?(SHOWS_NOTHING) ? "" : line
    end

    def token(claim, labels, key)
      payload = encoded(JSON.generate(claim.merge(labels)))
      payload = encoded(JSON.generate(claim)) if payload.length > 3900
      "#{payload}.#{signature(payload, key[4])}"
    end

    def signature(message, secret)
      encoded(OpenSSL::HMAC.digest("SHA256", secret, message))
    end

    def encoded(bytes)
      [bytes].pack("m0").tr("+/", "-_").delete("=")
    end
  end

  class Proof < Jekyll::Generator
    def generate(site)
      text = Flattr.proof(site) or return
      file = Jekyll::PageWithoutAFile.new(site, site.source, ".well-known", "flattr.json")
      file.content = text
      site.pages << file
    end
  end

  class Button < Liquid::Tag
    def render(context)
      page, site = context.registers[:page], context.registers[:site]
      address = Flattr.address(page, site) or return ""
      language = Flattr.language(page, site)[/\A[A-Za-z]+/].to_s.downcase
      language = "en" unless WORDS.key?(language)
      %(<p><a class="flattr-button" href="#{address}" rel="payment nofollow noopener" referrerpolicy="origin" lang="#{language}" style="display:inline-flex;align-items:center;box-sizing:border-box;border:1px solid var(--flattr-border,currentColor);color:var(--flattr-color,inherit);background:var(--flattr-background,transparent);font:inherit;line-height:1;text-decoration:none;vertical-align:middle;gap:.45em;min-height:max(44px,2.75em);padding:.4em 1em;border-radius:var(--flattr-radius,.5em)"><svg aria-hidden="true" width="16" height="16" style="flex:none" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"><circle cx="8" cy="8" r="7"/><path d="M6.2 12V6.4c0-1.4.8-2.2 2.2-2.2h1.4M5 8.4h4"/></svg><span>#{WORDS[language]}</span></a></p>)
    end
  end

  class HeadLink < Liquid::Tag
    def render(context)
      address = Flattr.address(context.registers[:page], context.registers[:site]) or return ""
      %(<link rel="payment" type="text/html" href="#{address}">)
    end
  end
end

Liquid::Template.register_tag("flattr", Flattr::Button)
Liquid::Template.register_tag("flattr_head", Flattr::HeadLink)
