//! `db-index-missing`

use std::collections::HashMap;

use seaworthy_analysis::roles::{Role, file_role};
use seaworthy_analysis::{Artifact, Check, Context, Document, DocumentKind, Edit, NativeRule};
use seaworthy_formats::prisma::{Datasource, Field, Model};
use seaworthy_model::{Group, Precision, Rule, Severity};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "db-index-missing",
        group: Group::TlsAndDatabase,
        summary: "relation without an index",
        help: include_str!("db_index_missing.md"),
        severity: Severity::Info,
        precision: Precision::VeryHigh,
        cwe: &[400],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let schemas: Vec<&Artifact> = snapshot
        .of_kind(DocumentKind::Prisma)
        .filter(|artifact| {
            let role = file_role(artifact.path().as_str(), None).role;
            matches!(role, Role::Source | Role::Deployable)
        })
        .collect();
    let mut sources: HashMap<&str, &Datasource> = HashMap::new();
    for artifact in &schemas {
        if let Some(Document::Prisma(schema)) = snapshot.document(artifact)
            && let Some(source) = &schema.datasource
        {
            sources.insert(artifact.path().parent(), source);
        }
    }
    for artifact in schemas {
        let Some(Document::Prisma(schema)) = snapshot.document(artifact) else { continue };
        if !source_of(&sources, artifact.path().parent()).is_some_and(leaves_them_out) {
            continue;
        }
        let text = snapshot.text(artifact).unwrap_or("");
        for model in schema.models.iter().filter(|model| !model.ignored) {
            judge(model, artifact, text, cx);
        }
    }
}

/// The database of a schema, which may be parted into files: named in its directory
/// or in one above.
fn source_of<'s>(
    sources: &HashMap<&str, &'s Datasource>,
    directory: &str,
) -> Option<&'s Datasource> {
    let mut at = directory;
    // A schema is seldom parted deeper.
    for _ in 0..3 {
        if let Some(source) = sources.get(at) {
            return Some(source);
        }
        at = at.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
    None
}

/// Whether the database makes no index for a relation by itself. MySQL makes one
/// with each foreign key.
fn leaves_them_out(source: &Datasource) -> bool {
    match source.provider.as_deref() {
        Some("postgresql" | "postgres" | "sqlite" | "sqlserver" | "cockroachdb" | "mongodb") => {
            true
        }
        Some("mysql") => source.keeps_relations,
        _ => false,
    }
}

fn judge(model: &Model, artifact: &Artifact, text: &str, cx: &mut Context<'_>) {
    let missing: Vec<&Field> = model
        .fields
        .iter()
        .filter(|field| !field.relation.is_empty() && !is_indexed(model, &field.relation))
        .collect();
    let Some(first) = missing.first() else { return };
    let mut wanted: Vec<String> = missing.iter().map(|f| f.relation.join(", ")).collect();
    wanted.dedup();
    let names = wanted.iter().map(|fields| format!("`{fields}`")).collect::<Vec<_>>().join(", ");
    let message = format!(
        "Model {} has no index that begins with {names}. Each query along the relation, and each \
         deletion on its other side, reads the whole table.",
        model.name.name
    );
    // As deep as the fields are written.
    let line = text[..first.name.region.start].rfind('\n').map_or(0, |at| at + 1);
    let indent = text.get(line..first.name.region.start).unwrap_or("  ");
    let lines: String =
        wanted.iter().map(|fields| format!("{indent}@@index([{fields}])\n")).collect();
    let edit = Edit::risky("Index the relation").insert(artifact.path(), model.end, lines);
    let draft = cx.report_in(artifact.path(), first.name.region, message);
    draft.evidence(model.name.name.clone()).fix(edit);
    for field in missing.iter().skip(1).take(8) {
        draft.related(artifact.path(), field.name.region, "no index either");
    }
}

/// Whether a key or an index begins with these fields, in any order.
fn is_indexed(model: &Model, fields: &[String]) -> bool {
    let by_itself = matches!(fields, [only] if model
        .fields
        .iter()
        .any(|field| field.unique && field.name.name == *only));
    by_itself
        || model.indexes.iter().any(|index| {
            index.len() >= fields.len()
                && index[..fields.len()].iter().all(|name| fields.contains(name))
        })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    const HEAD: &str =
        "datasource db {\n  provider = \"postgresql\"\n  url = env(\"DATABASE_URL\")\n}\n";

    #[test]
    fn flags_relations_without_an_index() {
        check(
            &RULE,
            "prisma/schema.prisma",
            &format!(
                "{HEAD}
model Order {{
  id     String @id
  userId String
  shopId String
  user   User   @relation(fields: [userId], references: [id])
  ^^^^ [info] Model Order has no index that begins with `userId`, `shopId`
  shop   Shop   @relation(fields: [shopId], references: [id])
  ~~~~ no index either

  @@index([createdAt, userId])
}}
"
            ),
        );
    }

    #[test]
    fn passes_keys_unique_fields_and_indexes_that_begin_so() {
        check(
            &RULE,
            "prisma/schema.prisma",
            &format!(
                "{HEAD}
model Order {{
  id     String @id
  userId String
  cardId String @unique
  user   User   @relation(fields: [userId], references: [id])
  card   Card   @relation(fields: [cardId], references: [id])
  items  Item[]
  // old   Old    @relation(fields: [oldId], references: [id])

  @@index([userId, createdAt(sort: Desc)])
}}
model Member {{
  userId String
  user   User   @relation(fields: [userId], references: [id])
  a      String
  b      String
  pair   Pair   @relation(fields: [a, b], references: [x, y])

  @@id([userId, a])
  @@unique([b, a])
}}
"
            ),
        );
    }

    #[test]
    fn the_database_decides() {
        let model =
            "model A {\n  bId String\n  b B @relation(fields: [bId], references: [id])\n}\n";
        for head in ["", "datasource db {\n  provider = \"mysql\"\n}\n"] {
            check(&RULE, "prisma/schema.prisma", &format!("{head}{model}"));
        }
        check(&RULE, "tests/schema.prisma", &format!("{HEAD}{model}"));
        let parted = "
//- prisma/schema/base.prisma
datasource db {
  provider     = \"mysql\"
  relationMode = \"prisma\"
}
//- prisma/schema/models/a.prisma
model A {
  bId String
  b B @relation(fields: [bId], references: [id])
  ^ Model A
}
";
        check_files(&RULE, parted);
    }

    #[test]
    fn the_fix_adds_the_index() {
        let model =
            "model A {\n    bId String\n    b B @relation(fields: [bId], references: [id])\n";
        check_fix(
            &RULE,
            "schema.prisma",
            &format!("{HEAD}{model}}}\n"),
            &format!("{HEAD}{model}    @@index([bId])\n}}\n"),
        );
    }
}
