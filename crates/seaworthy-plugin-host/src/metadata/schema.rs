//! The configuration of a plugin, held against the schema that it gives.

use jsonschema::Validator;
use serde_json::Value;

/// The most faults that are told at once.
const MAX_FAULTS: usize = 5;

/// A schema, ready to be used. It refers to nothing outside itself.
///
/// # Errors
/// Why it cannot be used.
pub(super) fn compiled(schema: &str) -> Result<Validator, String> {
    let schema: Value =
        serde_json::from_str(schema).map_err(|error| format!("it is no JSON: {error}"))?;
    if !schema.is_object() {
        return Err("it is no JSON object".to_owned());
    }
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .build(&schema)
        .map_err(|error| crate::check::phrase(&error.masked().to_string()))
}

/// Holds a configuration against a plugin's schema. The faults quote no value: a
/// configuration may hold what nobody else is to read.
///
/// # Errors
/// What is wrong.
pub(crate) fn check_configuration(schema: Option<&str>, config: &Value) -> Result<(), String> {
    let Some(settings) = config.as_object() else {
        return Err("it is no table".to_owned());
    };
    let Some(schema) = schema else {
        return match settings.is_empty() {
            true => Ok(()),
            false => Err("the plugin takes none".to_owned()),
        };
    };
    let validator = compiled(schema)?;
    let told = |error: jsonschema::ValidationError<'_>| {
        let place = error.instance_path().to_string();
        let place = place.trim_start_matches('/').replace('/', ".");
        let what = error.masked().to_string();
        match place.is_empty() {
            true => what,
            false => format!("`{place}`: {what}"),
        }
    };
    let faults: Vec<String> = validator.iter_errors(config).take(MAX_FAULTS).map(told).collect();
    match faults.is_empty() {
        true => Ok(()),
        false => Err(crate::check::phrase(&faults.join("; "))),
    }
}
