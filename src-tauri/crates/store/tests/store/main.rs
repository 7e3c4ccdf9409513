//! Tests of the data file through its public doors: schema, durability, migration, damage.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
mod disk;
mod doors;
mod interrupted;
mod kill;
mod migrations;
mod recognise;
mod rows;
mod schema;
