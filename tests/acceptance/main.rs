//! Whole-system tests: the engine and the programs as a person meets them, and the shape of the workspace itself.

mod architecture;
mod cycle;
mod memory;
mod profile;
