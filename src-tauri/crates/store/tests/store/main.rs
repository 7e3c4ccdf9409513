//! Tests of the data file through its public doors: schema, durability, migration, damage.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
mod connections;
mod copies;
mod derived;
mod disk;
mod doors;
mod in_memory;
mod interrupted;
mod kill;
mod migrations;
mod readers;
mod recognise;
mod rows;
mod schema;
mod wreck;
