//! Names whose values reach browsers, by their prefix or by design.

use super::words::split_words;

/// A build tool that copies variables with a certain prefix into the code that
/// it sends to browsers and apps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Framework {
    /// The name to show: `Next.js`.
    pub name: &'static str,
    /// The prefix that exposes a variable.
    pub prefix: &'static str,
    /// What happens to the value, to follow the framework's name in a sentence.
    pub effect: &'static str,
}

const INLINES: &str = "inlines this variable into browser code at build time";

const FRAMEWORKS: &[Framework] = &[
    Framework { name: "Next.js", prefix: "NEXT_PUBLIC_", effect: INLINES },
    Framework { name: "Vite", prefix: "VITE_", effect: INLINES },
    Framework { name: "Create React App", prefix: "REACT_APP_", effect: INLINES },
    Framework {
        name: "Expo",
        prefix: "EXPO_PUBLIC_",
        effect: "inlines this variable into the app bundle",
    },
    Framework {
        name: "Nuxt",
        prefix: "NUXT_PUBLIC_",
        effect: "sends this variable to the browser in its runtime configuration",
    },
    Framework { name: "Gatsby", prefix: "GATSBY_", effect: INLINES },
    Framework { name: "Vue CLI", prefix: "VUE_APP_", effect: INLINES },
    Framework { name: "Storybook", prefix: "STORYBOOK_", effect: INLINES },
    Framework { name: "Plasmo", prefix: "PLASMO_PUBLIC_", effect: INLINES },
    Framework { name: "Rsbuild", prefix: "RSBUILD_PUBLIC_", effect: INLINES },
    Framework { name: "Angular (ngx-env)", prefix: "NG_APP_", effect: INLINES },
    Framework {
        name: "SvelteKit and Astro",
        prefix: "PUBLIC_",
        effect: "expose this variable to browser code",
    },
];

/// The framework that exposes a variable of this name to browsers.
#[must_use]
pub fn public_prefix(name: &str) -> Option<Framework> {
    FRAMEWORKS
        .iter()
        .find(|framework| name.len() > framework.prefix.len() && name.starts_with(framework.prefix))
        .copied()
}

/// Whether the words before `KEY` are those of a key that clients send in the
/// open: the application key of a WebSocket service, whose secret is another
/// variable, and the search-only key of a search service.
pub(super) fn is_client_key(before: &[&str]) -> bool {
    let socket = ["pusher", "reverb", "soketi"];
    let search = ["algolia", "typesense", "meili", "meilisearch", "docsearch"];
    let has = |names: &[&str]| before.iter().any(|word| names.contains(word));
    let rest = before.strip_suffix(&["api"]).unwrap_or(before);
    let rest = rest.strip_suffix(&["only"]).unwrap_or(rest);
    (before.last() == Some(&"app") && has(&socket))
        || (rest.last() == Some(&"search") && has(&search) && !has(&["admin", "write", "master"]))
}

/// Whether a value under this name is meant to be seen by everyone although it
/// is called a key, token or DSN: publishable, anon, site and public keys,
/// client ids, analytics and error-tracking ingest keys, map and Firebase web
/// keys.
///
/// A name that also says `SECRET`, `PRIVATE`, `PASSWORD`, `ADMIN` or `SERVICE`
/// never is.
#[must_use]
pub fn is_public_by_design(name: &str) -> bool {
    let words = split_words(name);
    let exposed = public_prefix(name).is_some();
    // The framework's own prefix says nothing about the value.
    let skip = public_prefix(name).map_or(0, |framework| split_words(framework.prefix).len());
    let words: Vec<&str> = words.iter().skip(skip).map(String::as_str).collect();
    let has = |word: &str| words.contains(&word);
    if ["secret", "private", "password", "passwd", "pass", "admin", "service"]
        .iter()
        .any(|w| has(w))
        || has("server") && !has("url")
        || has("auth") && has("token")
    {
        return false;
    }
    let ends = |tail: &[&str]| words.ends_with(tail);
    let always = ["publishable", "anon", "public", "indexnow", "dsn"].iter().any(|word| has(word))
        || ends(&["site", "key"])
        || words.split_last().is_some_and(|(&noun, before)| noun == "key" && is_client_key(before))
        || ends(&["client", "id"])
        || ends(&["app", "id"])
        || ends(&["project", "id"])
        || ends(&["measurement", "id"])
        || ends(&["tracking", "id"])
        || ends(&["pixel", "id"]);
    // These providers hand out browser keys; without the prefix they may be
    // server keys of the same provider.
    let browser_keys = [
        "maps",
        "map",
        "mapbox",
        "maptiler",
        "posthog",
        "sentry",
        "firebase",
        "ga",
        "gtm",
        "amplitude",
        "mixpanel",
        "plausible",
        "umami",
        "segment",
        "hotjar",
        "logrocket",
        "clarity",
        "recaptcha",
        "hcaptcha",
        "turnstile",
        "crisp",
        "intercom",
        "pusher",
        "algolia",
        "walletconnect",
        "datadog",
        "giphy",
        "tldraw",
        "ably",
        "stream",
    ];
    always
        || has("posthog") && !has("personal")
        || (has("firebase") && ends(&["api", "key"]))
        || (exposed && browser_keys.iter().any(|word| has(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_name_their_framework() {
        let cases = [
            ("NEXT_PUBLIC_API", Some("Next.js")),
            ("VITE_KEY", Some("Vite")),
            ("PUBLIC_URL", Some("SvelteKit and Astro")),
            ("NUXT_PUBLIC_X", Some("Nuxt")),
            ("MY_PUBLIC_KEY", None),
            ("NEXT_PUBLIC_", None),
            ("VITEST_MODE", None),
        ];
        for (name, want) in cases {
            assert_eq!(public_prefix(name).map(|found| found.name), want, "{name}");
        }
    }

    #[test]
    fn public_values_are_told_from_secrets_under_a_public_prefix() {
        for name in [
            "NEXT_PUBLIC_SUPABASE_ANON_KEY",
            "VAPID_PUBLIC_KEY",
            "VITE_GOOGLE_MAPS_API_KEY",
            "NEXT_PUBLIC_POSTHOG_KEY",
            "SENTRY_DSN",
            "GOOGLE_CLIENT_ID",
            "STRIPE_PUBLISHABLE_KEY",
            "RECAPTCHA_SITE_KEY",
            "REACT_APP_FIREBASE_API_KEY",
            "PUSHER_APP_KEY",
            "ALGOLIA_SEARCH_KEY",
            "ALGOLIA_SEARCH_ONLY_API_KEY",
        ] {
            assert!(is_public_by_design(name), "{name}");
        }
        for name in [
            "NEXT_PUBLIC_STRIPE_SECRET_KEY",
            "VITE_OPENAI_API_KEY",
            "NEXT_PUBLIC_ADMIN_TOKEN",
            "SENTRY_AUTH_TOKEN",
            "GOOGLE_MAPS_API_KEY",
            "PUSHER_APP_SECRET",
            "ALGOLIA_ADMIN_KEY",
            "AZURE_SEARCH_KEY",
            "VITE_SUPABASE_SERVICE_ROLE_KEY",
            "POSTHOG_PERSONAL_API_KEY",
        ] {
            assert!(!is_public_by_design(name), "{name}");
        }
    }
}
