//! The table that is written, as the catalogue has it, and the statements that write it.

use tokio_postgres::{Client, Row};

use super::row::{Column, Format, Kind, Mode};
use super::server::{Wrong, quoted};
use crate::error::AdapterError;
use crate::net::connect::Failed;

/// What is written where, as the config says it.
#[derive(Clone, Debug)]
pub struct Target {
    /// Schema of the table.
    pub schema: String,
    /// The table.
    pub table: String,
    /// What a record becomes.
    pub format: Format,
    /// The columns that are written; all without a default where it isn't said.
    pub columns: Option<Vec<String>>,
    /// How rows are written.
    pub mode: Mode,
}

/// A table that was found to be what the config says.
pub(super) struct Table {
    pub columns: Vec<Column>,
    /// What takes the rows.
    pub copy: String,
    /// What is done once for a connection.
    pub prepare: Option<String>,
    /// What moves the rows of a transaction into the table, where they aren't there yet.
    pub merge: Option<String>,
}

/// A table that was found to be one that can be read.
pub(super) struct Readable {
    /// Type of the key, as the server's language has it.
    pub key_type: String,
    /// What makes a record of the row `t`.
    pub record: String,
}

/// A column in the catalogue.
struct Found {
    name: String,
    sql_type: String,
    /// Name of its type, or of the one behind a domain.
    base: String,
    category: String,
    required: bool,
    defaulted: bool,
    computed: bool,
}

const COLUMNS: &str = "SELECT a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), \
     COALESCE(b.typname, t.typname)::text, t.typcategory::text, \
     a.attnotnull OR t.typnotnull, a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL, \
     a.attgenerated <> '' OR a.attidentity = 'a' \
     FROM pg_catalog.pg_attribute a \
     JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
     LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype \
     WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

/// Columns of each unique index that can tell rows apart at once.
const KEYS: &str = "SELECT (SELECT pg_catalog.array_agg(a.attname::text) \
     FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indrelid \
     AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])) \
     FROM pg_catalog.pg_index i WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid \
     AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL";

impl Target {
    /// The table, for people.
    pub(super) fn name(&self) -> String {
        format!("{}.{}", self.schema, self.table)
    }

    fn wrong(&self, what: &str, help: String) -> Wrong {
        let message = format!("the table {} {what}", self.name());
        Wrong::Failed(Failed::ForGood(AdapterError::new(
            "E_POSTGRES_SCHEMA",
            message,
            help,
        )))
    }

    /// The table in the catalogue, with its columns.
    async fn look_up(&self, client: &Client) -> Result<(u32, Vec<Found>), Wrong> {
        let found = client
            .query_opt(
                "SELECT c.oid, c.relkind::text FROM pg_catalog.pg_class c \
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE n.nspname = $1 AND c.relname = $2",
                &[&self.schema, &self.table],
            )
            .await?;
        let Some(found) = found else {
            let help = "create it, or correct `schema`, `table` or `database` in the config; names are \
                        compared as the catalogue has them";
            return Err(self.wrong("isn't there", help.to_owned()));
        };
        let (oid, kind): (u32, String) = (found.try_get(0)?, found.try_get(1)?);
        if !["r", "p", "f"].contains(&kind.as_str()) {
            let help = "name a table, and no view, sequence or index";
            return Err(self.wrong("is no table", help.to_owned()));
        }
        let rows = client.query(COLUMNS, &[&oid]).await?;
        let all: Result<Vec<_>, _> = rows.iter().map(Found::of).collect();
        Ok((oid, all?))
    }

    /// Looks whether the table is what the config says, to be written.
    pub(super) async fn find(&self, client: &Client) -> Result<Table, Wrong> {
        let (oid, all) = self.look_up(client).await?;
        let chosen = self.choose(&all)?;
        if let Mode::Upsert(key) = &self.mode {
            let mut wanted = key.clone();
            wanted.sort();
            let mut fits = false;
            for row in client.query(KEYS, &[&oid]).await? {
                let mut has: Vec<String> = row.try_get::<_, Option<_>>(0)?.unwrap_or_default();
                has.sort();
                fits |= has == wanted;
            }
            if !fits {
                let key = key.join(", ");
                let what = format!("has no unique index of exactly the columns {key}");
                let help = format!(
                    "make one (CREATE UNIQUE INDEX ON {}.{} (…)) that isn't partial and has no \
                     expressions, or correct `key_columns` in the config",
                    quoted(&self.schema),
                    quoted(&self.table)
                );
                return Err(self.wrong(&what, help));
            }
        }
        Ok(self.statements(&chosen))
    }

    /// Looks whether the tables are there and may be written, for people.
    pub(super) async fn try_out(&self, positions: &str, client: &Client) -> Result<String, Wrong> {
        let table = self.find(client).await?;
        let rights = match self.mode {
            Mode::Append => "INSERT",
            Mode::Upsert(_) => "INSERT, UPDATE",
        };
        let may = "SELECT c.relname::text, pg_catalog.has_any_column_privilege(c.oid, 'INSERT') \
                   AND (c.relname = $2 OR pg_catalog.has_any_column_privilege(c.oid, 'UPDATE')) \
                   FROM pg_catalog.pg_class c \
                   JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                   WHERE n.nspname = $1 AND (c.relname = $2 OR c.relname = $3 OR c.relname = $4)";
        let upsert = rights.contains("UPDATE").then_some(self.table.as_str());
        let append = upsert.is_none().then_some(self.table.as_str());
        let rows = client
            .query(may, &[&self.schema, &append, &upsert, &positions])
            .await?;
        let mut positions_are_there = false;
        for row in rows {
            let (name, may): (String, bool) = (row.try_get(0)?, row.try_get(1)?);
            positions_are_there |= name == positions;
            if !may {
                let schema = &self.schema;
                let why = format!("doesn't let the user write into {schema}.{name}");
                return Err(Wrong::Failed(Failed::Again(why, None)));
            }
        }
        let columns: Vec<&str> = table.columns.iter().map(|one| one.name.as_str()).collect();
        let made = match positions_are_there {
            true => "is there",
            false => "isn't there yet, and will be made",
        };
        Ok(format!(
            "the table {} takes {}; {}.{positions} {made}",
            self.name(),
            columns.join(", "),
            self.schema
        ))
    }

    /// The same, to be read in the order of the columns `transaction` and `key`.
    pub(super) async fn readable(
        &self,
        transaction: &str,
        key: &str,
        client: &Client,
    ) -> Result<Readable, Wrong> {
        let (_, all) = self.look_up(client).await?;
        let find = |name: &str| {
            let found = all.iter().find(|column| column.name == name);
            found.ok_or_else(|| self.no_column(name))
        };
        let (numbered, ordered) = (find(transaction)?, find(key)?);
        if numbered.base != "xid8" {
            let what = format!(
                "has the type {} in its column {transaction}",
                numbered.sql_type
            );
            let help = format!(
                "it has to be the number of the transaction that wrote the row: ALTER TABLE {}.{} ADD \
                 COLUMN … xid8 NOT NULL DEFAULT pg_current_xact_id()",
                quoted(&self.schema),
                quoted(&self.table)
            );
            return Err(self.wrong(&what, help));
        }
        if let Some(column) = [numbered, ordered]
            .into_iter()
            .find(|column| !column.required)
        {
            let what = format!("lets its column {} be null", column.name);
            let help = "make it NOT NULL: a row without it would never be read".to_owned();
            return Err(self.wrong(&what, help));
        }
        let chosen: Vec<&Found> = match &self.columns {
            Some(names) => names
                .iter()
                .map(|name| find(name))
                .collect::<Result<_, _>>()?,
            None => all
                .iter()
                .filter(|column| column.name != transaction)
                .collect(),
        };
        let record = match (self.format, chosen.first()) {
            (Format::Line, Some(column)) if column.base == "bytea" => {
                format!("t.{}", quoted(&column.name))
            }
            (Format::Line, Some(column)) => {
                format!(
                    "pg_catalog.convert_to(t.{}::text, 'UTF8')",
                    quoted(&column.name)
                )
            }
            _ => {
                let names: Vec<String> = chosen
                    .iter()
                    .map(|column| format!("t.{}", quoted(&column.name)))
                    .collect();
                let names = names.join(", ");
                format!(
                    "(SELECT pg_catalog.convert_to(pg_catalog.row_to_json(r)::text, 'UTF8') \
                     FROM (SELECT {names}) AS r)"
                )
            }
        };
        Ok(Readable {
            key_type: ordered.sql_type.clone(),
            record,
        })
    }

    fn no_column(&self, name: &str) -> Wrong {
        let help = "add the column to the table, or correct its name in the config; names are compared \
                    as the catalogue has them";
        self.wrong(&format!("has no column {name}"), help.to_owned())
    }

    /// The columns that are written.
    fn choose<'a>(&self, all: &'a [Found]) -> Result<Vec<&'a Found>, Wrong> {
        let find = |name: &String| {
            let found = all.iter().find(|column| column.name == *name);
            found.ok_or_else(|| self.no_column(name))
        };
        let chosen: Vec<&Found> = match &self.columns {
            Some(names) => names.iter().map(find).collect::<Result<_, _>>()?,
            None => {
                let plain = |column: &&Found| !column.defaulted && !column.computed;
                all.iter().filter(plain).collect()
            }
        };
        if chosen.is_empty() {
            let help = "name the `columns` that are written in the config";
            return Err(self.wrong("has no column without a default", help.to_owned()));
        }
        if let Some(column) = chosen.iter().find(|column| column.computed) {
            let what = format!("computes its column {} itself", column.name);
            let help = "leave the column out of `columns` in the config".to_owned();
            return Err(self.wrong(&what, help));
        }
        if let Mode::Upsert(key) = &self.mode {
            for name in key {
                find(name)?;
                if !chosen.iter().any(|column| column.name == *name) {
                    let what = format!("has the key column {name}, which isn't written");
                    let help = "add it to `columns` in the config".to_owned();
                    return Err(self.wrong(&what, help));
                }
            }
        }
        let left = all.iter().find(|column| {
            let written = chosen.iter().any(|one| one.name == column.name);
            column.required && !column.defaulted && !column.computed && !written
        });
        if let Some(column) = left {
            let what = format!(
                "needs a value in its column {}, which isn't written",
                column.name
            );
            let help =
                "add it to `columns` in the config, or give the column a default, or let it be \
                        null"
                    .to_owned();
            return Err(self.wrong(&what, help));
        }
        if self.format == Format::Line {
            let column = chosen[0];
            if !["text", "varchar", "bpchar", "json", "jsonb", "bytea"].contains(&&*column.base) {
                let what = format!(
                    "has the type {} in its column {}, which takes no whole record",
                    column.sql_type, column.name
                );
                let help =
                    "name a column of the type text, json, jsonb or bytea, or take records as \
                            JSON objects"
                        .to_owned();
                return Err(self.wrong(&what, help));
            }
        }
        Ok(chosen)
    }

    fn statements(&self, chosen: &[&Found]) -> Table {
        let key: &[String] = match &self.mode {
            Mode::Append => &[],
            Mode::Upsert(key) => key,
        };
        let columns = chosen.iter().map(|found| Column {
            name: found.name.clone(),
            kind: found.kind(self.format),
            key: key.contains(&found.name),
        });
        let columns: Vec<Column> = columns.collect();
        let table = format!("{}.{}", quoted(&self.schema), quoted(&self.table));
        let names: Vec<String> = chosen.iter().map(|found| quoted(&found.name)).collect();
        let names = names.join(", ");
        if key.is_empty() {
            return Table {
                columns,
                copy: format!("COPY {table} ({names}) FROM STDIN"),
                prepare: None,
                merge: None,
            };
        }
        let typed = chosen.iter().enumerate();
        let typed: Vec<String> = typed
            .map(|(at, found)| format!("c{at} {}", found.sql_type))
            .collect();
        let numbered = |keep: &dyn Fn(&Column) -> bool, of: &dyn Fn(usize, &str) -> String| {
            let kept = columns
                .iter()
                .enumerate()
                .filter(|(_, column)| keep(column));
            let each = kept.map(|(at, column)| of(at, &quoted(&column.name)));
            each.collect::<Vec<_>>().join(", ")
        };
        let values = numbered(&|_| true, &|at, _| format!("c{at}"));
        let keys = numbered(&|column| column.key, &|at, _| format!("c{at}"));
        let target = numbered(&|column| column.key, &|_, name| name.to_owned());
        let set = numbered(&|column| !column.key, &|_, name| {
            format!("{name} = EXCLUDED.{name}")
        });
        let conflict = match set.is_empty() {
            true => "NOTHING".to_owned(),
            false => format!("UPDATE SET {set}"),
        };
        Table {
            copy: format!("COPY pg_temp.byteor_batch (n, {values}) FROM STDIN"),
            prepare: Some(format!(
                "CREATE TEMP TABLE byteor_batch (n bigint, {}) ON COMMIT DELETE ROWS",
                typed.join(", ")
            )),
            merge: Some(format!(
                "INSERT INTO {table} ({names}) SELECT {values} FROM (SELECT DISTINCT ON ({keys}) \
                 n, {values} FROM pg_temp.byteor_batch ORDER BY {keys}, n DESC) AS last ORDER BY n \
                 ON CONFLICT ({target}) DO {conflict}"
            )),
            columns,
        }
    }
}

impl Found {
    fn of(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            name: row.try_get(0)?,
            sql_type: row.try_get(1)?,
            base: row.try_get(2)?,
            category: row.try_get(3)?,
            required: row.try_get(4)?,
            defaulted: row.try_get(5)?,
            computed: row.try_get(6)?,
        })
    }

    fn kind(&self, format: Format) -> Kind {
        match (&*self.base, &*self.category) {
            ("bytea", _) if format == Format::Line => Kind::Bytes,
            ("json" | "jsonb", _) => Kind::Json,
            (_, "A") => Kind::Array,
            _ => Kind::Text,
        }
    }
}
