//! The shapes of `vercel.json`, after the schemas of `@vercel/routing-utils`
//! 6.6.0 and Vercel's public schema.

use super::shape::{Record, Shape};

const LONG: Shape = Shape::Text { least: 0, most: 4096 };
const LONG_LIST: Shape = Shape::List { least: 0, most: usize::MAX, item: &LONG };
const STATUS: Shape = Shape::Integer { least: 100, most: 999 };
const ENV_NAMES: Shape =
    Shape::List { least: 1, most: 64, item: &Shape::Text { least: 0, most: 256 } };

const VALUE: Shape = Shape::Any(&[
    LONG,
    Shape::Record(&Record {
        fields: &[
            ("eq", Shape::Any(&[LONG, Shape::Number])),
            ("neq", LONG),
            ("inc", LONG_LIST),
            ("ninc", LONG_LIST),
            ("pre", LONG),
            ("suf", LONG),
            ("re", LONG),
            ("gt", Shape::Number),
            ("gte", Shape::Number),
            ("lt", Shape::Number),
            ("lte", Shape::Number),
        ],
        required: &[],
        least: 1,
        open: false,
    }),
]);

const CONDITIONS: Shape = Shape::List {
    least: 0,
    most: 16,
    item: &Shape::Any(&[
        Shape::Record(&Record {
            fields: &[
                ("type", Shape::Word(&["header", "cookie", "query"])),
                ("key", LONG),
                ("value", VALUE),
            ],
            required: &["type", "key"],
            least: 0,
            open: false,
        }),
        Shape::Record(&Record {
            fields: &[("type", Shape::Word(&["host"])), ("value", VALUE)],
            required: &["type", "value"],
            least: 0,
            open: false,
        }),
    ]),
};

const SERVICE: Shape = Shape::Record(&Record {
    fields: &[
        ("type", Shape::Word(&["service"])),
        ("service", Shape::Text { least: 1, most: 64 }),
        ("path", LONG),
    ],
    required: &["service"],
    least: 0,
    open: false,
});

const DESTINATION: Shape = Shape::Any(&[LONG, SERVICE]);

const ROUTE_TRANSFORMS: Shape = Shape::List {
    least: 1,
    most: usize::MAX,
    item: &Shape::Record(&Record {
        fields: &[
            (
                "type",
                Shape::Word(&[
                    "request.headers",
                    "request.query",
                    "response.headers",
                    "request.path",
                ]),
            ),
            ("op", Shape::Word(&["append", "set", "delete"])),
            (
                "target",
                Shape::Record(&Record {
                    fields: &[("key", Shape::Anything)],
                    required: &["key"],
                    least: 0,
                    open: true,
                }),
            ),
            ("args", Shape::Any(&[LONG, Shape::List { least: 1, most: usize::MAX, item: &LONG }])),
            ("env", ENV_NAMES),
        ],
        required: &["type", "op"],
        least: 0,
        open: false,
    }),
};

const REWRITE_TRANSFORMS: Shape = Shape::List {
    least: 1,
    most: usize::MAX,
    item: &Shape::Record(&Record {
        fields: &[
            ("type", Shape::Word(&["request.path"])),
            ("op", Shape::Word(&["set"])),
            ("args", Shape::Text { least: 1, most: 2048 }),
            ("env", ENV_NAMES),
        ],
        required: &["type", "op", "args"],
        least: 0,
        open: false,
    }),
};

const HEADERS: Shape = Shape::List {
    least: 0,
    most: 2048,
    item: &Shape::Record(&Record {
        fields: &[
            ("source", LONG),
            (
                "headers",
                Shape::List {
                    least: 0,
                    most: 1024,
                    item: &Shape::Record(&Record {
                        fields: &[("key", LONG), ("value", Shape::Text { least: 0, most: 32768 })],
                        required: &["key", "value"],
                        least: 0,
                        open: false,
                    }),
                },
            ),
            ("has", CONDITIONS),
            ("missing", CONDITIONS),
        ],
        required: &["source", "headers"],
        least: 0,
        open: false,
    }),
};

const REDIRECTS: Shape = Shape::List {
    least: 0,
    most: 2048,
    item: &Shape::Record(&Record {
        fields: &[
            ("source", LONG),
            ("destination", LONG),
            ("permanent", Shape::Bool),
            ("statusCode", STATUS),
            ("has", CONDITIONS),
            ("missing", CONDITIONS),
            ("env", ENV_NAMES),
        ],
        required: &["source", "destination"],
        least: 0,
        open: false,
    }),
};

const REWRITES: Shape = Shape::List {
    least: 0,
    most: 2048,
    item: &Shape::Record(&Record {
        fields: &[
            ("source", LONG),
            ("destination", DESTINATION),
            ("transforms", REWRITE_TRANSFORMS),
            ("has", CONDITIONS),
            ("missing", CONDITIONS),
            ("statusCode", STATUS),
            ("env", ENV_NAMES),
            ("respectOriginCacheControl", Shape::Bool),
        ],
        required: &["source", "destination"],
        least: 0,
        open: false,
    }),
};

const ROUTE_FIELDS: &[(&str, Shape)] = &[
    ("src", LONG),
    ("source", LONG),
    ("dest", LONG),
    ("destination", DESTINATION),
    (
        "headers",
        Shape::Map { least: 1, most: 100, key: 256, value: &Shape::Text { least: 0, most: 32768 } },
    ),
    ("methods", Shape::List { least: 0, most: 10, item: &Shape::Text { least: 0, most: 32 } }),
    ("caseSensitive", Shape::Bool),
    ("important", Shape::Bool),
    ("user", Shape::Bool),
    ("continue", Shape::Bool),
    ("override", Shape::Bool),
    ("check", Shape::Bool),
    ("isInternal", Shape::Bool),
    ("status", STATUS),
    ("statusCode", STATUS),
    ("locale", Shape::Map { least: 1, most: usize::MAX, key: 64, value: &Shape::Anything }),
    ("middleware", Shape::Number),
    ("middlewarePath", Shape::Text { least: 0, most: usize::MAX }),
    (
        "middlewareRawSrc",
        Shape::List {
            least: 0,
            most: usize::MAX,
            item: &Shape::Text { least: 0, most: usize::MAX },
        },
    ),
    ("has", CONDITIONS),
    ("missing", CONDITIONS),
    (
        "mitigate",
        Shape::Record(&Record {
            fields: &[("action", Shape::Word(&["challenge", "deny"]))],
            required: &["action"],
            least: 0,
            open: false,
        }),
    ),
    ("transforms", ROUTE_TRANSFORMS),
    ("env", ENV_NAMES),
    ("respectOriginCacheControl", Shape::Bool),
];

const ROUTES: Shape = Shape::List {
    least: 0,
    most: 2048,
    item: &Shape::Any(&[
        Shape::Record(&Record { fields: ROUTE_FIELDS, required: &["src"], least: 0, open: false }),
        Shape::Record(&Record {
            fields: ROUTE_FIELDS,
            required: &["source"],
            least: 0,
            open: false,
        }),
        Shape::Record(&Record {
            fields: &[(
                "handle",
                Shape::Word(&["error", "filesystem", "hit", "miss", "resource", "rewrite"]),
            )],
            required: &["handle"],
            least: 0,
            open: false,
        }),
    ]),
};

const CRONS: Shape = Shape::List {
    least: 0,
    most: usize::MAX,
    item: &Shape::Record(&Record {
        fields: &[
            ("path", Shape::Text { least: 1, most: 512 }),
            ("schedule", Shape::Text { least: 9, most: 256 }),
        ],
        required: &["path", "schedule"],
        least: 0,
        open: true,
    }),
};

const ENV: Shape =
    Shape::Map { least: 0, most: 100, key: 256, value: &Shape::Text { least: 0, most: 65536 } };

const FUNCTIONS: Shape = Shape::Map {
    least: 1,
    most: 50,
    key: 256,
    value: &Shape::Record(&Record {
        fields: &[
            ("runtime", Shape::Text { least: 0, most: 256 }),
            ("memory", Shape::Integer { least: 128, most: 10240 }),
            ("includeFiles", Shape::Text { least: 0, most: 256 }),
            ("excludeFiles", Shape::Text { least: 0, most: 256 }),
        ],
        required: &[],
        least: 0,
        open: true,
    }),
};

const IMAGES: Shape = Shape::Record(&Record {
    fields: &[
        ("sizes", Shape::List { least: 1, most: 50, item: &Shape::Number }),
        ("dangerouslyAllowSVG", Shape::Bool),
        ("contentSecurityPolicy", Shape::Text { least: 1, most: 256 }),
        ("domains", Shape::List { least: 0, most: 50, item: &Shape::Text { least: 0, most: 256 } }),
        ("remotePatterns", Shape::List { least: 0, most: 50, item: &Shape::Anything }),
    ],
    required: &["sizes"],
    least: 0,
    open: true,
});

/// The shape of the value under a top-level key; `None` for one that is not
/// held against anything.
pub(super) fn shape_of(key: &str) -> Option<&'static Shape> {
    Some(match key {
        "headers" => &HEADERS,
        "redirects" => &REDIRECTS,
        "rewrites" => &REWRITES,
        "routes" => &ROUTES,
        "cleanUrls" | "trailingSlash" | "public" => &Shape::Bool,
        "crons" => &CRONS,
        "env" => &ENV,
        "build" => {
            const BUILD: Shape = Shape::Record(&Record {
                fields: &[("env", ENV)],
                required: &[],
                least: 0,
                open: true,
            });
            &BUILD
        }
        "functions" => &FUNCTIONS,
        "images" => &IMAGES,
        _ => return None,
    })
}
