//! axe-core in the real window: with the layout, the colours and the fonts that a person gets.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{Error, Result, Window};

/// Runs once everything that moves has come to rest: a colour on its way is not the one that is read.
const RUN: &str = "
    const still = () => document.getAnimations().filter((each) => each.effect.getTiming().iterations !== Infinity).map((each) => each.finished);
    await Promise.allSettled(still());
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const { violations, passes } = await window.axe.run(document, { resultTypes: ['violations', 'passes'] });
    const place = (node) => `${node.target.join(' ')} ${node.any.concat(node.all, node.none).map((check) => check.message).join('; ')}`;
    return { passes: passes.length, faults: violations.flatMap((fault) => fault.nodes.map((node) => `${fault.id}: ${place(node)}`)) };";

/// A judge of one window's page. It lives in the page, so a page loaded anew needs a new one.
pub struct Judge<'a> {
    window: &'a Window,
}

impl<'a> Judge<'a> {
    /// One for this window.
    pub const fn new(window: &'a Window) -> Self {
        Self { window }
    }

    /// What is wrong with what is shown now, each fault once, with its place.
    ///
    /// # Errors
    /// As the driver's; [`Error::Machine`] when axe-core is not among the UI's packages.
    ///
    /// # Panics
    /// When next to nothing was there to judge.
    pub async fn faults(&self) -> Result<Vec<String>> {
        if self.window.script("return typeof window.axe;", vec![]).await? != json!("object") {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../node_modules/axe-core/axe.min.js");
            let program = fs::read_to_string(file).map_err(Error::machine("axe-core, which `npm ci` installs"))?;
            self.window.client().execute(&program, vec![]).await?;
        }
        let judged = self.window.script(RUN, vec![]).await?;
        let looked = judged.get("passes").and_then(Value::as_u64);
        assert!(looked > Some(8), "it judged something: {judged}");
        let faults = judged.get("faults").and_then(Value::as_array).into_iter().flatten();
        Ok(faults
            .map(|fault| fault.as_str().map_or_else(|| fault.to_string(), str::to_owned))
            .collect())
    }
}
