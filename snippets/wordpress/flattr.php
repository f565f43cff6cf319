<?php
/**
 * Plugin Name: Flattr
 * Description: A signed Flattr button under each published post. It asks nobody over the network and stores nothing.
 * Version: 1.0
 * Requires at least: 5.9
 * Requires PHP: 7.4
 * License: AGPL-3.0-or-later
 * License URI: https://www.gnu.org/licenses/agpl-3.0.html
 */

namespace Flattr;

defined( 'ABSPATH' ) || exit;

const RECEIVER = 'https://flattr.example';
const SCOPE    = 'https://blog.example/';

// The words on the button, by language; write yours behind them.
const WORDS = array(
	'en' => 'Flattr this',
	'de' => 'Diesen Beitrag flattrn',
);

const KEY       = '/^(fsk1_([a-z2-7]{10})_([1-9][0-9]{0,3})_([0-9a-f]{64}))_([0-9a-f]{8})$/D';
const LANGUAGE  = '/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}$/D';
const INSIDE     = "~^(?:[A-Za-z0-9._\~!$&'()*+,;=:@/-]|%[0-9A-F]{2})*(?:\?(?:p|page_id)=[0-9]+(?:&lang=[a-z-]+)?)?$~D";
const DOTS      = '~(?:/|%2F|%5C)\.\.?(?:;|/|%2F|%5C|\?|$)|%00~';
const NO        = array( 'false', 'no', 'off', '0' );

// What shows as something else than it is, or shows nothing; U+200C and U+200D are needed in Persian and emoji.
const UNSAFE        = '/[\p{Cc}\p{Co}\x{AD}\x{600}-\x{605}\x{61C}\x{6DD}\x{70F}\x{890}\x{891}\x{8E2}\x{180E}\x{200B}\x{200E}\x{200F}\x{2028}-\x{202E}\x{2060}-\x{206F}\x{FDD0}-\x{FDEF}\x{FEFF}\x{FFF0}-\x{FFFB}\x{110BD}\x{110CD}\x{13430}-\x{1343F}\x{1BCA0}-\x{1BCA3}\x{1D173}-\x{1D17A}\x{E0000}-\x{E00FF}\x{E01F0}-\x{E0FFF}\x{FFFE}\x{FFFF}\x{1FFFE}\x{1FFFF}\x{2FFFE}\x{2FFFF}\x{3FFFE}\x{3FFFF}\x{4FFFE}\x{4FFFF}\x{5FFFE}\x{5FFFF}\x{6FFFE}\x{6FFFF}\x{7FFFE}\x{7FFFF}\x{8FFFE}\x{8FFFF}\x{9FFFE}\x{9FFFF}\x{AFFFE}\x{AFFFF}\x{BFFFE}\x{BFFFF}\x{CFFFE}\x{CFFFF}\x{DFFFE}\x{DFFFF}\x{EFFFE}\x{EFFFF}\x{F0000}-\x{10FFFF}]/u';
const SHOWS_NOTHING = '/^[\s\p{Mn}\x{34F}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{180B}-\x{180F}\x{200C}\x{200D}\x{2800}\x{3164}\x{FFA0}]*$/uD';
// What NFC could write otherwise.
const MAYBE_NOT_NFC = '/[\x{300}-\x{36F}\x{374}\x{37E}\x{387}\x{483}-\x{487}\x{591}-\x{5BD}\x{5BF}\x{5C1}-\x{5C2}\x{5C4}-\x{5C5}\x{5C7}\x{610}-\x{61A}\x{64B}-\x{65F}\x{670}\x{6D6}-\x{6DC}\x{6DF}-\x{6E4}\x{6E7}-\x{6E8}\x{6EA}-\x{6ED}\x{958}-\x{95F}\x{9DC}-\x{9DD}\x{9DF}\x{A33}\x{A36}\x{A59}-\x{A5B}\x{A5E}\x{B5C}-\x{B5D}\x{F43}\x{F4D}\x{F52}\x{F57}\x{F5C}\x{F69}\x{F73}\x{F75}-\x{F76}\x{F78}\x{F81}\x{F93}\x{F9D}\x{FA2}\x{FA7}\x{FAC}\x{FB9}\x{1161}-\x{1175}\x{11A8}-\x{11C2}\x{1AB0}-\x{1AFF}\x{1DC0}-\x{1DFF}\x{1F71}\x{1F73}\x{1F75}\x{1F77}\x{1F79}\x{1F7B}\x{1F7D}\x{1FBB}\x{1FBE}\x{1FC9}\x{1FCB}\x{1FD3}\x{1FDB}\x{1FE3}\x{1FEB}\x{1FEE}-\x{1FEF}\x{1FF9}\x{1FFB}\x{1FFD}\x{2000}-\x{2001}\x{20D0}-\x{20F0}\x{2126}\x{212A}-\x{212B}\x{2329}-\x{232A}\x{2ADC}\x{302A}-\x{302F}\x{3099}-\x{309A}\x{F900}-\x{FA0D}\x{FA10}\x{FA12}\x{FA15}-\x{FA1E}\x{FA20}\x{FA22}\x{FA25}-\x{FA26}\x{FA2A}-\x{FA6D}\x{FA70}-\x{FAD9}\x{FB1D}\x{FB1F}\x{FB2A}-\x{FB36}\x{FB38}-\x{FB3C}\x{FB3E}\x{FB40}-\x{FB41}\x{FB43}-\x{FB44}\x{FB46}-\x{FB4E}\x{FE20}-\x{FE2F}\x{1D15E}-\x{1D164}\x{1D1BB}-\x{1D1C0}\x{2F800}-\x{2FA1D}]|(?<=[\x{928}\x{930}\x{933}\x{9C7}\x{B47}\x{B92}\x{BC6}-\x{BC7}\x{C46}\x{CBF}\x{CC6}\x{CCA}\x{D46}-\x{D47}\x{DD9}\x{DDC}\x{1025}\x{1B05}\x{1B07}\x{1B09}\x{1B0B}\x{1B0D}\x{1B11}\x{1B3A}\x{1B3C}\x{1B3E}-\x{1B3F}\x{1B42}\x{11099}\x{1109B}\x{110A5}\x{11131}-\x{11132}\x{11347}\x{114B9}\x{115B8}-\x{115B9}\x{11935}])[\x{93C}\x{9BE}\x{9D7}\x{B3E}\x{B56}-\x{B57}\x{BBE}\x{BD7}\x{C56}\x{CC2}\x{CD5}-\x{CD6}\x{D3E}\x{D57}\x{DCA}\x{DCF}\x{DDF}\x{102E}\x{1B35}\x{110BA}\x{11127}\x{1133E}\x{11357}\x{114B0}\x{114BA}\x{114BD}\x{115AF}\x{11930}]|(?<=[\x{E48}-\x{E4B}])[\x{E38}-\x{E3A}]|(?<=[\x{94D}\x{9CD}\x{A4D}\x{ACD}\x{B4D}\x{CCD}])[\x{93C}\x{9BC}\x{A3C}\x{ABC}\x{B3C}\x{CBC}]/u';

add_filter( 'the_content', __NAMESPACE__ . '\with_button', 99 );
add_action( 'init', __NAMESPACE__ . '\answer_for_proof' );
add_action( 'wp_head', __NAMESPACE__ . '\print_head_link' );
add_action( 'admin_notices', __NAMESPACE__ . '\print_notice' );

/** The content of the one post that this page is about, with its button; any other content as it was. */
function with_button( $content ) {
	$is_the_post = is_singular() && in_the_loop() && is_main_query() && get_the_ID() === get_queried_object_id();
	// Plugins run this filter for descriptions too, and themes of blocks are in the loop from head to foot.
	$is_elsewhere = is_feed() || doing_filter( 'get_the_excerpt' ) || doing_action( 'wp_head' ) || doing_action( 'wp_footer' );
	if ( ! $is_the_post || $is_elsewhere || false !== strpos( $content, 'class="flattr-button"' ) ) {
		return $content;
	}
	$address = address( get_post() );
	return '' === $address ? $content : $content . "\n<p>" . button( $address ) . '</p>';
}

function print_head_link() {
	$address = is_singular() && ! is_feed() ? address( get_queried_object() ) : '';
	if ( '' !== $address ) {
		echo '<link rel="payment" type="text/html" href="' . esc_url( $address ) . '">' . "\n";
	}
}

/** Answers `.well-known/flattr.json`, by which a receiver sees that the holder of the key rules this site. */
function answer_for_proof() {
	$path = strtok( isset( $_SERVER['REQUEST_URI'] ) ? wp_unslash( $_SERVER['REQUEST_URI'] ) : '', '?' );
	if ( wp_parse_url( SCOPE, PHP_URL_PATH ) . '.well-known/flattr.json' !== $path || '' !== fault() ) {
		return;
	}
	preg_match( KEY, trim( FLATTR_SITE_KEY ), $key );
	$list              = array(
		'version'    => 1,
		'receiver'   => rtrim( RECEIVER, '/' ) . '/',
		'site'       => $key[2],
		'generation' => (int) $key[3],
		'scope'      => SCOPE,
	);
	$message           = implode( "\n", array_merge( array( 'flattr things' ), array_values( $list ) ) ) . "\n";
	$list['things']    = array();
	$list['signature'] = encoded( hash_hmac( 'sha256', $message, $key[4], true ) );
	wp_send_json( $list );
}

/** Says to who can mend it what is wrong with the key, or with the addresses; never shows the key. */
function print_notice() {
	$fault = fault();
	if ( '' !== $fault && current_user_can( 'manage_options' ) ) {
		echo '<div class="notice notice-warning"><p>Flattr: ' . esc_html( $fault ) . '</p></div>';
	}
}

function fault() {
	if ( ! defined( 'FLATTR_SITE_KEY' ) || '' === trim( FLATTR_SITE_KEY ) ) {
		return 'there are no buttons yet; define FLATTR_SITE_KEY in wp-config.php.';
	}
	if ( ! preg_match( KEY, trim( FLATTR_SITE_KEY ), $parts ) ) {
		return 'FLATTR_SITE_KEY in wp-config.php holds no site key, so there are no buttons; it reads fsk1_<site>_<generation>_<64 digits>_<checksum>, copy it as a whole.';
	}
	if ( hash( 'crc32b', $parts[1] ) !== $parts[5] ) {
		return 'the checksum of FLATTR_SITE_KEY in wp-config.php does not fit, so there are no buttons; a character was changed, copy it again.';
	}
	if ( 0 !== strpos( home_url( '/' ), SCOPE ) ) {
		return home_url( '/' ) . ' is outside of ' . SCOPE . ', so there are no buttons; correct SCOPE in flattr.php.';
	}
	return '';
}

/** The address behind the button of a post; an empty text if the post has none. */
function address( $post ) {
	if ( ! $post instanceof \WP_Post || ! is_wanted( $post ) || '' !== fault() ) {
		return '';
	}
	$url = canonical( get_permalink( $post ) );
	if ( 0 !== strpos( $url, SCOPE ) || strlen( $url ) > 1024 ) {
		return '';
	}
	$rest = substr( $url, strlen( SCOPE ) - 1 );
	if ( ! preg_match( INSIDE, $rest ) || preg_match( DOTS, $rest ) ) {
		return '';
	}
	preg_match( KEY, trim( FLATTR_SITE_KEY ), $key );
	return rtrim( RECEIVER, '/' ) . '/f/' . token( claim( $post, $url, $key ), labels( $post ), $key[4] );
}

/** Published posts that everybody may read, but for a custom field `flattr` = `false`; a theme decides otherwise by a filter. */
function is_wanted( $post ) {
	if ( 'publish' !== $post->post_status || '' !== $post->post_password || is_preview() ) {
		return false;
	}
	$wish   = strtolower( (string) get_post_meta( $post->ID, 'flattr', true ) );
	$wanted = 'post' === $post->post_type && ! in_array( $wish, NO, true );
	return (bool) apply_filters( 'flattr_button_wanted', $wanted, $post );
}

/** One page is one thing, so its address has one spelling: docs/token.md of the project. */
function canonical( $url ) {
	return preg_replace_callback(
		"~#.*|%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._\~!$&'()*+,;=:@/?%]~s",
		function ( $found ) {
			if ( '#' === $found[0][0] ) {
				return '';
			}
			$byte = 3 === strlen( $found[0] ) ? rawurldecode( $found[0] ) : $found[0];
			return rawurlencode( $byte );
		},
		$url
	);
}

function claim( $post, $url, $key ) {
	$title = cleaned( html_entity_decode( wp_strip_all_tags( $post->post_title ), ENT_QUOTES | ENT_HTML5, 'UTF-8' ), 200 );
	$claim = array(
		'v' => 1,
		's' => $key[2],
		'g' => (int) $key[3],
		'u' => $url,
		't' => '' === $title ? substr( $url, 0, 200 ) : $title,
	);
	if ( preg_match( LANGUAGE, get_bloginfo( 'language' ) ) ) {
		$claim['l'] = get_bloginfo( 'language' );
	}
	$changed = get_post_modified_time( 'U', true, $post );
	if ( $changed >= 0 ) {
		$claim['m'] = (int) $changed;
	}
	return $claim;
}

function labels( $post ) {
	$categories = names_of( get_the_category( $post->ID ), 'uncategorized' );
	$tags       = names_of( get_the_tags( $post->ID ), '' );
	return array_filter(
		array(
			'c' => $categories ? $categories[0] : null,
			'k' => array_slice( $tags, 0, 10 ),
		)
	);
}

function names_of( $terms, $but_slug ) {
	$names = array();
	foreach ( is_array( $terms ) ? $terms : array() as $term ) {
		$name = $term->slug === $but_slug ? '' : cleaned( html_entity_decode( $term->name, ENT_QUOTES | ENT_HTML5, 'UTF-8' ), 40 );
		if ( '' !== $name && ! in_array( $name, $names, true ) ) {
			$names[] = $name;
		}
	}
	return $names;
}

/** The text as a button may carry it: one line, nothing invisible, Unicode form NFC, not too long. */
function cleaned( $text, $most ) {
	$text = preg_replace( '/[\s\x{B}\x{1C}-\x{1F}\x{85}\p{Z}]/u', ' ', wp_check_invalid_utf8( $text, true ) );
	$text = preg_replace( UNSAFE, '', $text );
	$text = class_exists( 'Normalizer' ) ? \Normalizer::normalize( $text, \Normalizer::FORM_C ) : without_uncertain_marks( $text );
	$text = trim( preg_replace( '/ +/', ' ', $text ) );
	if ( preg_match( '/^(.{' . ( $most - 1 ) . '})../us', $text, $start ) ) {
		$text = rtrim( $start[1] ) . '…';
	}
	return preg_match( SHOWS_NOTHING, $text ) ? '' : $text;
}

/** The text without what the extension intl could make NFC of; a web host without it loses an accent here and there. */
function without_uncertain_marks( $text ) {
	return preg_replace( MAYBE_NOT_NFC, '', $text );
}

function token( $claim, $labels, $secret ) {
	$payload = encoded( wp_json_encode( $claim + $labels, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES ) );
	if ( strlen( $payload ) > 3900 ) {
		$payload = encoded( wp_json_encode( $claim, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES ) );
	}
	return $payload . '.' . encoded( hash_hmac( 'sha256', $payload, $secret, true ) );
}

function encoded( $bytes ) {
	return rtrim( strtr( base64_encode( $bytes ), '+/', '-_' ), '=' );
}

function button( $address ) {
	$language = strtolower( preg_replace( '/[-_].*/', '', get_bloginfo( 'language' ) ) );
	$language = isset( WORDS[ $language ] ) ? $language : 'en';
	return '<a class="flattr-button" href="' . esc_url( $address ) . '" rel="payment nofollow noopener" referrerpolicy="origin" lang="' . esc_attr( $language ) . '" style="display:inline-flex;align-items:center;box-sizing:border-box;border:1px solid var(--flattr-border,currentColor);color:var(--flattr-color,inherit);background:var(--flattr-background,transparent);font:inherit;line-height:1;text-decoration:none;vertical-align:middle;gap:.45em;min-height:max(44px,2.75em);padding:.4em 1em;border-radius:var(--flattr-radius,.5em)"><svg aria-hidden="true" width="16" height="16" style="flex:none" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"><circle cx="8" cy="8" r="7"/><path d="M6.2 12V6.4c0-1.4.8-2.2 2.2-2.2h1.4M5 8.4h4"/></svg><span>' . esc_html( WORDS[ $language ] ) . '</span></a>';
}
