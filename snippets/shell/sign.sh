#!/bin/sh
# Signs one Flattr button: `sh sign.sh ADDRESS TITLE [LANGUAGE]` prints its HTML, and nothing without a key.
# `sh sign.sh --proof` prints .well-known/flattr.json, by which a receiver sees that the holder of the key rules the site.
# Needs a POSIX shell with awk, gzip and openssl, and python3 or perl for titles with decomposed letters.
# The key is read from FLATTR_SITE_KEY, and where printf is part of the shell, no list of processes shows it.
set -eu

receiver=https://flattr.example
scope=https://blog.example/

# The words on the button, by language; write yours between them.
words() {
  case $1 in
    de) echo 'Diesen Beitrag flattrn' ;;
    en) echo 'Flattr this' ;;
  esac
}

LC_ALL=C
export LC_ALL

stop() {
  echo "flattr: $1" >&2
  exit 1
}

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# HMAC-SHA256 of what comes in.  The secret has 64 characters, which is one block: RFC 2104 asks for no more than
# to exchange each, which tr does, so that openssl need not be given the secret as an argument.
hmac() {
  { printf %s "$1" | tr 0123456789abcdef '\006\007\004\005\002\003\000\001\016\017WTURSP'; cat; } |
    openssl dgst -sha256 -binary |
    { printf %s "$1" | tr 0123456789abcdef 'lmnohijkde=>?89:'; cat; } |
    openssl dgst -sha256 -binary
}

# CRC-32 as in zlib: gzip writes it behind the data, its last byte first.
checksum() {
  printf %s "$1" | gzip -c | tail -c 8 | od -An -tx1 -N4 | awk '{ print $4 $3 $2 $1 }'
}

# One page is one thing, so its address has one spelling: docs/token.md of the project.
canonical() {
  printf '%s\n' "${1%%#*}" | awk '
    BEGIN { for (n = 1; n < 256; n++) code[sprintf("%c", n)] = n }
    { for (i = 1; i <= length($0); i++) {
        one = substr($0, i, 1)
        if (one == "%" && substr($0, i + 1, 2) ~ /^[0-9A-Fa-f][0-9A-Fa-f]$/) {
          escape = toupper(substr($0, i + 1, 2))
          i += 2
          value = (index("0123456789ABCDEF", substr(escape, 1, 1)) - 1) * 16
          value += index("0123456789ABCDEF", substr(escape, 2, 1)) - 1
          plain = sprintf("%c", value)
          printf "%s", (value > 0 && plain ~ /[A-Za-z0-9._~-]/) ? plain : "%" escape
        } else if (one ~ /[A-Za-z0-9._~!$&()*+,;=:@\/?-]/ || one == "\047") {
          printf "%s", one
        } else {
          printf "%%%02X", code[one]
        }
    } }'
}

# The title without what shows as something else than it is or shows nothing, `?` if none of it can be seen,
# and before it `1 ` if it could be written otherwise in Unicode form NFC, else `0 `.
visible() {
  printf '%s\n' "$1" | tr '\n' ' ' | awk '
    BEGIN {
      for (n = 1; n < 256; n++) code[sprintf("%c", n)] = n
      unsafe = split("127-132 134-159 173-173 1536-1541 1564-1564 1757-1757 1807-1807 2192-2193 2274-2274 6158-6158 8203-8203 8206-8207 8232-8238 8288-8303 55296-63743 64976-65007 65279-65279 65520-65531 69821-69821 69837-69837 78896-78911 113824-113827 119155-119162 917504-917759 918000-921599 983040-1114111", ranges, " ")
      seen = split("33-126 161-172 174-767 880-1154 1162-1423 1488-1514 1568-1610 1649-1747 3585-3632 3713-3760 3904-3948 4096-4138 4256-4446 4608-4954 6016-6067 6176-6264 7680-8191 8208-8231 8240-8286 8304-8399 8448-10239 10241-11263 12289-12329 12336-12438 12443-12643 12688-40959 44032-55203 63744-64285 65281-65439 126976-129791 131072-262141", letters, " ")
    }
    function is_in(point, list, count,   n, ends) {
      for (n = 1; n <= count; n++) {
        split(list[n], ends, "-")
        if (point >= ends[1] + 0 && point <= ends[2] + 0) return 1
      }
      return 0
    }
    { for (i = 1; i <= length($0); i += size) {
        first = code[substr($0, i, 1)]
        size = first < 128 ? 1 : first < 224 ? 2 : first < 240 ? 3 : 4
        point = size == 1 ? first : first % (size == 2 ? 32 : size == 3 ? 16 : 8)
        for (k = 1; k < size; k++) point = point * 64 + code[substr($0, i + k, 1)] % 64
        if (point < 33 || point == 133 || point == 160 || point == 5760 || point == 8239 || point == 8287 ||
            (point >= 8192 && point <= 8202) || point == 8232 || point == 8233 || point == 12288) {
          if (point > 8 && point < 14 || point > 27) text = text " "
        } else if (!is_in(point, ranges, unsafe) && point % 65536 < 65534) {
          text = text substr($0, i, size)
          if (point >= 768) uncertain = 1
          if (!shows) shows = is_in(point, letters, seen) || (point >= 2304 && point < 3584 && point % 128 > 4 && point % 128 < 58)
        }
    } }
    END { print uncertain + 0, shows ? text : "?" }'
}

# Unicode form NFC, by whichever program is there; not uconv, which left some Japanese marks apart.
normalized() {
  if command -v python3 > /dev/null; then
    python3 -c 'import sys, unicodedata as u; sys.stdout.buffer.write(u.normalize("NFC", sys.stdin.buffer.read().decode()).encode())'
  elif perl -MUnicode::Normalize -e 1 2> /dev/null; then perl -CSD -MUnicode::Normalize -ne 'print NFC($_)'
  else stop "this title needs Unicode form NFC; install python3 or perl"
  fi
}

# At most 200 characters on one line, as text of JSON.
json() {
  awk '
    { gsub(/ +/, " "); sub(/^ /, ""); sub(/ $/, "")
      count = 0
      for (i = 1; i <= length($0); i++) {
        if (substr($0, i, 1) !~ /[\200-\277]/) starts[++count] = i
      }
      if (count > 200) {
        $0 = substr($0, 1, starts[200] - 1)
        sub(/ $/, "")
        $0 = $0 "\342\200\246"
      }
      gsub(/\\/, "&&"); gsub(/"/, "\\\\&")
      printf "%s", $0
    }'
}

test $# -ge 2 || test "${1:-}" = --proof || stop "say which page: sh sign.sh ADDRESS TITLE [LANGUAGE]"
key=$(printf %s "${FLATTR_SITE_KEY:-}" | tr -d '[:space:]')
test -n "$key" || exit 0
printf '%s\n' "$key" | grep -Eqx 'fsk1_[a-z2-7]{10}_[1-9][0-9]{0,3}_[0-9a-f]{64}_[0-9a-f]{8}' ||
  stop "FLATTR_SITE_KEY holds no site key; it reads fsk1_<site>_<generation>_<64 digits>_<checksum>, copy it as a whole"
test "$(checksum "${key%_*}")" = "${key##*_}" ||
  stop "the checksum of FLATTR_SITE_KEY does not fit; a character was changed, copy it again"

site=${key#fsk1_} secret=${key%_*} generation=${key#fsk1_*_}
site=${site%%_*} secret=${secret##*_} generation=${generation%%_*}

if test "$1" = --proof; then
  signature=$(printf '%s\n' "flattr things" 1 "${receiver%/}/" "$site" "$generation" "$scope" | hmac "$secret" | base64url)
  echo "{\"generation\":$generation,\"receiver\":\"${receiver%/}/\",\"scope\":\"$scope\",\"signature\":\"$signature\",\"site\":\"$site\",\"things\":[],\"version\":1}"
  exit 0
fi

address=$(canonical "$1")
case $address in
  "$scope"*) ;;
  *) stop "$1 is outside of $scope; correct the address, or scope in sign.sh" ;;
esac
if test ${#address} -gt 1024 || printf '%s\n' "$address" | grep -Eq '%00|[?].*(utm_|fbclid|gclid|ref=)|[?].*'\''|(/|%2F|%5C)[.][.]?(;|/|%2F|%5C|[?]|$)'; then
  stop "the address $address cannot stand in a button; write it plainly, without dot segments and tracking"
fi

printf %s "$2" | iconv -f UTF-8 -t UTF-8 > /dev/null 2>&1 || stop "the title is not UTF-8; write it so"
title=$(visible "$2")
case $title in
  '0 ?' | '1 ?') title=$(printf %s "$address" | cut -c 1-200) ;;
  '1 '*) title=$(printf '%s\n' "${title#1 }" | normalized) ;;
  *) title=${title#0 } ;;
esac
title=$(printf '%s\n' "$title" | json)

language=$(printf %s "${3:-}" | tr _ -)
printf '%s\n' "$language" | grep -Eqx '[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}' || language=
claim="{\"g\":$generation,${language:+\"l\":\"$language\",}\"s\":\"$site\",\"t\":\"$title\",\"u\":\"$address\",\"v\":1}"
payload=$(printf %s "$claim" | base64url)
signature=$(printf %s "$payload" | hmac "$secret" | base64url)

speaks=$(printf %s "${language%%-*}" | tr A-Z a-z)
test -n "$(words "$speaks")" || speaks=en
printf '%s\n' '<a class="flattr-button" href="'"${receiver%/}/f/$payload.$signature"'" rel="payment nofollow noopener" referrerpolicy="origin" lang="'"$speaks"'" style="display:inline-flex;align-items:center;box-sizing:border-box;border:1px solid var(--flattr-border,currentColor);color:var(--flattr-color,inherit);background:var(--flattr-background,transparent);font:inherit;line-height:1;text-decoration:none;vertical-align:middle;gap:.45em;min-height:max(44px,2.75em);padding:.4em 1em;border-radius:var(--flattr-radius,.5em)"><svg aria-hidden="true" width="16" height="16" style="flex:none" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"><circle cx="8" cy="8" r="7"/><path d="M6.2 12V6.4c0-1.4.8-2.2 2.2-2.2h1.4M5 8.4h4"/></svg><span>'"$(words "$speaks")"'</span></a>'
