//! What a called name does with its argument: takes it as a value, or as the
//! name of something.

use super::bytes::stands_folded;

/// The longest name that is looked at.
const LONGEST: usize = 48;

/// The last part of a path, in lower case, and the length of its first word.
struct Called {
    name: [u8; LONGEST],
    length: usize,
    verb: usize,
}

impl Called {
    fn of(path: &[u8]) -> Option<Self> {
        let start = path
            .iter()
            .rposition(|&byte| matches!(byte, b'.' | b':' | b'>'))
            .map_or(0, |separator| separator + 1);
        let last = path.get(start..)?;
        let mut name = [0; LONGEST];
        let lower = name.get_mut(..last.len())?;
        lower.copy_from_slice(last);
        lower.make_ascii_lowercase();
        let hump = |at: usize| {
            last[at].is_ascii_uppercase() && last[at - 1].is_ascii_lowercase()
                || !last[at].is_ascii_alphanumeric()
        };
        let verb = (1..last.len()).find(|&at| hump(at)).unwrap_or(last.len());
        Some(Self { name, length: last.len(), verb })
    }

    fn name(&self) -> &[u8] {
        &self.name[..self.length]
    }

    fn verb(&self) -> &[u8] {
        &self.name[..self.verb]
    }
}

/// Whether the call hands its first argument through: a conversion, an encoding,
/// a constructor of a string or of a secret.
pub(super) fn is_wrapper(path: &[u8]) -> bool {
    const NAMES: &[&[u8]] = &[
        b"string",
        b"str",
        b"new",
        b"of",
        b"from",
        b"valueof",
        b"byte",
        b"bytes",
        b"bytearray",
        b"atob",
        b"btoa",
        b"text",
        b"_t",
        b"f",
        b"l",
        b"nsstring",
        b"some",
        b"ok",
        b"just",
        b"box",
        b"rc",
        b"arc",
        b"cstring",
        b"lit",
        b"literal",
        b"constant",
        b"const",
        b"raw",
        b"sensitive",
        b"plaintext",
        b"usestate",
        b"securestring",
        b"protectedstring",
        b"secretstr",
        b"secretkey",
        b"symmetricsecuritykey",
        b"symmetrickey",
        b"secretkeyspec",
        b"hexbinary",
        b"uint8array",
        b"quote",
        b"mustdecode",
        b"getbytes",
        b"tochararray",
        b"frombase64string",
        b"pstr",
        b"qstringliteral",
        b"qlatin1string",
        b"qlatin1stringview",
        b"qbytearray",
        b"qbytearrayliteral",
        b"qstring",
        b"u8string",
        b"repr",
        b"secret",
        b"secretstring",
        b"secretvalue",
        b"password",
        b"mark_safe",
        b"lazy",
        b"pointer",
        b"ptr",
        b"stringptr",
        b"string_",
        b"stringvalue",
        b"keyparameter",
        b"hmacshakeyfor",
        b"unsafeplaintext",
        b"ref",
        b"generate_password_hash",
        b"make_password",
        b"defaultvalue",
    ];
    const VERBS: &[&[u8]] = &[
        b"to",
        b"from",
        b"encode",
        b"decode",
        b"encrypt",
        b"decrypt",
        b"hash",
        b"unhex",
        b"unhexlify",
        b"as",
        b"into",
        b"escape",
        b"unescape",
        b"base64",
        b"b64",
        b"b64decode",
        b"b64encode",
        b"hex",
        b"utf8",
        b"convert",
        b"crypt",
        b"md5",
        b"sha1",
        b"sha256",
        b"sha512",
        b"sha",
        b"secure",
        b"trim",
        b"strip",
        b"lower",
        b"upper",
        b"encodeuricomponent",
        b"rawurlencode",
        b"urlencode",
        b"bcrypt",
        b"hashpw",
        b"frombase64",
        b"fromhex",
        b"string2",
        b"dedent",
        b"obfuscate",
        b"deobfuscate",
        b"xor",
        b"rot13",
        b"reverse",
    ];
    let Some(called) = Called::of(path) else { return false };
    // `env.str("NAME")` of a library of settings.
    let of_settings = path.len() > called.length
        && (stands_folded(path, 0, b"env") || stands_folded(path, 0, b"conf"));
    if of_settings {
        return false;
    }
    // `password.encode("utf-8")`: the argument says how, unless a codec is called.
    let says_how = path.len() > called.length
        && [
            &b"to"[..],
            b"encode",
            b"decode",
            b"getbytes",
            b"trim",
            b"strip",
            b"lower",
            b"upper",
            b"as",
            b"reverse",
            b"bytes",
            b"of",
        ]
        .contains(&called.verb());
    if says_how && !is_codec(path) {
        return false;
    }
    // `encodeURIComponent` is told by its whole name, `base64Decode` by its verb.
    NAMES.contains(&called.name())
        || VERBS.contains(&called.verb())
        || VERBS.contains(&called.name())
        || called.name().starts_with(b"secretstr")
        || called.name().starts_with(b"encodeuri")
}

/// Whether the path names a codec or a type whose methods take a value.
fn is_codec(path: &[u8]) -> bool {
    const PARTS: &[&[u8]] = &[
        b"64",
        b"hex",
        b"codec",
        b"encoding",
        b"crypto",
        b"buffer",
        b"parser",
        b"secret",
        b"Secret",
    ];
    // A type: `Convert.ToBase64String`, `Map.of`, `EncodingUtil.encode`.
    path.first().is_some_and(u8::is_ascii_uppercase)
        || PARTS.iter().any(|part| memchr::memmem::find(path, part).is_some())
}

/// Whether the call looks something up by the name in its first argument and
/// gives the second when there is nothing.
pub(super) fn has_default(path: &[u8]) -> bool {
    const PARTS: &[&[u8]] = &[
        b"env", b"get", b"conf", b"prop", b"fetch", b"setting", b"default", b"option", b"attr",
        b"lookup", b"param",
    ];
    let Some(called) = Called::of(path) else { return false };
    let name = called.name();
    PARTS.iter().any(|part| memchr::memmem::find(name, part).is_some())
        || (matches!(name, b"str" | b"string") && path.len() > name.len())
}

/// Whether the method gives its argument when there is nothing else.
pub(super) fn is_fallback(method: &[u8]) -> bool {
    const NAMES: &[&[u8]] = &[
        b"unwrap_or",
        b"unwrap_or_else",
        b"orelse",
        b"or_else",
        b"getorelse",
        b"orelseget",
        b"getordefault",
        b"default",
        b"withdefault",
        b"default_value",
        b"defaultvalue",
        b"ifempty",
        b"ifnull",
        b"or",
        b"map_or",
        b"presence_or",
        b"defaultto",
        b"ifblank",
    ];
    Called::of(method).is_some_and(|called| NAMES.contains(&called.name()))
}

/// Whether the called name takes the value of what it names: `setPassword("…")`,
/// `withToken("…")`, `apiKey("…")`; not `getSecret("…")`.
pub(super) fn takes_value(path: &[u8]) -> bool {
    const LOOKUPS: &[&[u8]] = &[
        b"get",
        b"fetch",
        b"find",
        b"read",
        b"load",
        b"lookup",
        b"require",
        b"query",
        b"select",
        b"retrieve",
        b"resolve",
        b"describe",
        b"list",
        b"delete",
        b"remove",
        b"has",
        b"contains",
        b"is",
        b"exists",
        b"create",
        b"generate",
        b"make",
        b"register",
        b"translate",
        b"by",
        b"locate",
        b"click",
        b"test",
        b"assert",
        b"expect",
        b"should",
        b"can",
        b"import",
        b"inject",
        b"provide",
        b"validate",
        b"match",
        b"matches",
        b"print",
        b"log",
        b"show",
        b"prompt",
        b"ask",
        b"next",
        b"peek",
        b"consume",
        b"skip",
        b"on",
        b"emit",
        b"throw",
        b"raise",
        b"missing",
        b"invalid",
        b"eat",
        b"accept",
        b"parse",
        b"tokenize",
        b"split",
        b"revoke",
        b"store",
        b"save",
        b"unset",
        b"drop",
        b"sort",
        b"build",
        b"wait",
        b"access",
        b"open",
        b"need",
        b"check",
        b"t",
        b"destroy",
        b"clear",
        b"forget",
        b"request",
        b"issue",
        b"use",
        b"credentials",
        b"ensure",
        b"contain",
        b"include",
        b"includes",
        b"add",
        b"append",
        b"rename",
        b"mutate",
        b"extract",
    ];
    Called::of(path).is_some_and(|called| !LOOKUPS.contains(&called.verb()))
}

/// Whether a call with a name and a text is about something other than giving
/// the name that value: a translation, a replacement, a message, a search.
pub(super) fn is_about_names(path: &[u8]) -> bool {
    const VERBS: &[&[u8]] = &[
        b"replace",
        b"sub",
        b"gsub",
        b"t",
        b"tr",
        b"trans",
        b"translate",
        b"i18n",
        b"contains",
        b"includes",
        b"include",
        b"index",
        b"starts",
        b"ends",
        b"startswith",
        b"endswith",
        b"split",
        b"in",
        b"array",
        b"assert",
        b"expect",
        b"equal",
        b"equals",
        b"label",
        b"describe",
        b"it",
        b"test",
        b"log",
        b"print",
        b"printf",
        b"println",
        b"sprintf",
        b"error",
        b"warn",
        b"info",
        b"debug",
        b"throw",
        b"raise",
        b"rename",
        b"alias",
        b"join",
        b"has",
        b"belongs",
        b"foreign",
        b"references",
        b"column",
        b"unique",
        b"require",
        b"import",
        b"match",
        b"matches",
        b"select",
        b"order",
        b"sort",
        b"group",
        b"count",
        b"errors",
        b"message",
        b"validate",
        b"validates",
        b"flash",
        b"notify",
        b"confirm",
        b"input",
        b"create",
        b"query",
        b"on",
        b"emit",
        b"dispatch",
        b"hidden",
        b"button",
        b"link",
        b"th",
        b"td",
        b"gettext",
        b"find",
        b"remove",
        b"delete",
        b"strings",
        b"compare",
        b"format",
        b"exception",
        b"reject",
        b"fail",
        b"trigger",
        b"class",
        b"attr_accessor",
        b"permit",
        b"filter",
        b"register",
        b"provide",
        b"inject",
        b"bind",
    ];
    Called::of(path).is_some_and(|called| VERBS.contains(&called.verb()))
}

/// Whether the call compares its arguments.
pub(super) fn is_comparison(path: &[u8]) -> bool {
    const NAMES: &[&[u8]] = &[
        b"strcmp",
        b"strncmp",
        b"memcmp",
        b"strcasecmp",
        b"stricmp",
        b"strncasecmp",
        b"equals",
        b"equalsignorecase",
        b"equal",
        b"equalfold",
        b"hash_equals",
        b"compare",
        b"compareto",
        b"comparetoignorecase",
        b"compare_digest",
        b"timingsafeequal",
        b"constanttimecompare",
        b"isequaltostring",
        b"isequal",
        b"eq",
        b"eql",
        b"fixed_length_secure_compare",
        b"contentequals",
        b"tobe",
        b"toequal",
        b"secure_compare",
        b"assertequals",
        b"assertequal",
        b"assert_eq",
        b"wcscmp",
        b"lstrcmp",
    ];
    Called::of(path).is_some_and(|called| NAMES.contains(&called.name()))
}

/// Whether the method gives what it is called on in another form: bytes of a text.
pub(super) fn is_conversion(path: &[u8]) -> bool {
    const NAMES: &[&[u8]] = &[
        b"encode",
        b"getbytes",
        b"tostring",
        b"as_bytes",
        b"as_str",
        b"strip",
        b"trim",
        b"c_str",
        b"data",
        b"to_s",
        b"tobytearray",
        b"bytes",
    ];
    path.contains(&b'.') && Called::of(path).is_some_and(|called| NAMES.contains(&called.name()))
}
