//! Who may be asked: the person's providers, their keys in the keychain, and Rehearsal, which is always there.

mod discover;
mod parameters;

use std::{collections::BTreeSet, sync::Arc};

use ccc_domain::ProfileId;
use ccc_provider::{ApiKey, ChatProvider, KeyHeader, OpenAiCompatible, OpenAiConfig, Rehearsal};
use ccc_vault::Keychain;
pub use discover::{DiscoveredServer, USUAL_SERVERS, discover, discover_at};
pub use parameters::Parameters;
use serde::{Deserialize, Serialize};

use crate::{Entity, Error, settings::Settings};

/// The name of the provider that needs no network and calls no model.
pub const REHEARSAL: &str = "rehearsal";

/// A provider as the person set it up. Its key is not here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct ProviderEntry {
    /// Its name, unique.
    pub name: String,
    /// The address up to and without `/chat/completions`.
    pub base_url: String,
    /// The model asked for when a session names none.
    #[serde(default)]
    pub model: Option<String>,
    /// The host plain http was confirmed for by the person.
    #[serde(default)]
    pub confirmed_http_host: Option<String>,
    /// Whether its key goes into an `api-key` header, as deployments on Azure want it.
    #[serde(default)]
    pub api_key_header: bool,
    /// How its model is asked.
    #[serde(default)]
    pub parameters: Parameters,
}

/// A provider as it is listed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct ListedProvider {
    /// How it was set up.
    #[serde(flatten)]
    pub entry: ProviderEntry,
    /// Whether its key is in the keychain.
    pub has_key: bool,
}

/// Every provider the person set up.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct ProviderList {
    /// In the order they were added; Rehearsal is not among them.
    pub providers: Vec<ListedProvider>,
    /// The one used when none is named: its name, or [`REHEARSAL`].
    pub preferred: String,
}

/// What a test of an endpoint found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct TestReport {
    /// The models it lists, sorted; none if it has no list.
    pub models: Option<Vec<String>>,
    /// The model that gave a one-token answer; none if no model was named, so that none was asked.
    pub answered: Option<String>,
    /// How long the list, or the answer where one was asked for, took.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub latency_ms: u64,
}

/// The setting that lists them.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Listed {
    providers: Vec<ProviderEntry>,
    preferred: Option<String>,
    /// The names whose key was put into the keychain, so that a provider without one never waits for a keychain.
    keyed: BTreeSet<String>,
}

const SETTING: &str = "providers";

/// The person's providers.
#[derive(Clone)]
pub struct Providers {
    settings: Settings,
    keychain: Keychain,
    profile: ProfileId,
}

impl Providers {
    pub(crate) fn new(settings: Settings, keychain: Keychain, profile: ProfileId) -> Self {
        Self {
            settings,
            keychain,
            profile,
        }
    }

    /// The person's providers in the order they were added.
    ///
    /// # Errors
    /// Those of the settings.
    pub fn list(&self) -> Result<Vec<ProviderEntry>, Error> {
        Ok(self.settings.get::<Listed>(SETTING)?.providers)
    }

    /// The name of the provider used when none is named.
    ///
    /// # Errors
    /// Those of the settings.
    pub fn preferred(&self) -> Result<String, Error> {
        Ok(self
            .settings
            .get::<Listed>(SETTING)?
            .preferred
            .unwrap_or_else(|| REHEARSAL.to_owned()))
    }

    /// Every provider with whether it has a key, and the preferred one.
    ///
    /// # Errors
    /// Those of the settings.
    pub fn overview(&self) -> Result<ProviderList, Error> {
        let listed: Listed = self.settings.get(SETTING)?;
        let has_key = |entry: &ProviderEntry| listed.keyed.contains(&entry.name);
        let providers = listed.providers.iter().map(|entry| ListedProvider {
            entry: entry.clone(),
            has_key: has_key(entry),
        });
        Ok(ProviderList {
            providers: providers.collect(),
            preferred: listed.preferred.clone().unwrap_or_else(|| REHEARSAL.to_owned()),
        })
    }

    /// An endpoint as it would be set up, for a test before that. Without a key the stored one of the same name is used,
    /// where the address is the same: a key is never handed to a new address.
    ///
    /// # Errors
    /// As [`Self::check`]; the keychain's.
    pub fn draft(&self, entry: &ProviderEntry, api_key: Option<ApiKey>) -> Result<OpenAiCompatible, Error> {
        Self::check(entry)?;
        let same = |known: &ProviderEntry| known.name == entry.name && known.base_url == entry.base_url;
        let api_key = match api_key {
            None if self.list()?.iter().any(same) => self.stored_key(entry)?,
            given => given,
        };
        Ok(OpenAiCompatible::new(config(entry, api_key))?)
    }

    /// Asks an endpoint for its models, and its model, where one is named, for one token.
    ///
    /// # Errors
    /// What stands in the way, as the provider tells it.
    pub async fn test(endpoint: &OpenAiCompatible) -> Result<TestReport, Error> {
        Ok(endpoint.test().await?.into())
    }

    /// Whether a provider could be added as it is. Sends nothing, stores nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] for the name and the parameters; the provider's error for the address.
    pub fn check(entry: &ProviderEntry) -> Result<(), Error> {
        check_name(&entry.name)?;
        entry.parameters.check()?;
        OpenAiCompatible::new(config(entry, None))?;
        Ok(())
    }

    /// Adds a provider, or replaces the one of that name, after checking its address. Its key goes to the keychain;
    /// none keeps a key that is there, unless the address is another: a key is never handed to a new address.
    ///
    /// # Errors
    /// As [`Self::check`]; the keychain's.
    pub fn add(&self, entry: ProviderEntry, api_key: Option<&str>) -> Result<(), Error> {
        Self::check(&entry)?;
        if let Some(key) = api_key {
            self.keychain
                .set(&self.account(&entry), key.as_bytes())
                .map_err(ccc_vault::Error::from)?;
        }
        let mut listed: Listed = self.settings.get(SETTING)?;
        listed.preferred.get_or_insert_with(|| entry.name.clone());
        let known = listed.providers.iter().find(|known| known.name == entry.name);
        let former = known.filter(|known| known.base_url != entry.base_url).cloned();
        let had_key = listed.keyed.contains(&entry.name);
        if api_key.is_some() {
            listed.keyed.insert(entry.name.clone());
        } else if former.is_some() {
            listed.keyed.remove(&entry.name);
        }
        match listed.providers.iter_mut().find(|known| known.name == entry.name) {
            Some(known) => *known = entry,
            None => listed.providers.push(entry),
        }
        self.settings.set(SETTING, &listed)?;
        if let (Some(former), true) = (former, had_key)
            && let Err(error) = self.keychain.delete(&self.account(&former))
        {
            tracing::warn!(%error, "the key of a provider's former address stays in the keychain");
        }
        Ok(())
    }

    /// Makes a provider the one used when none is named.
    ///
    /// # Errors
    /// [`Error::NotFound`]; those of the settings.
    pub fn prefer(&self, name: &str) -> Result<(), Error> {
        let mut listed: Listed = self.settings.get(SETTING)?;
        if name != REHEARSAL && !listed.providers.iter().any(|known| known.name == name) {
            return Err(Error::NotFound(Entity::Provider));
        }
        listed.preferred = Some(name.to_owned());
        self.settings.set(SETTING, &listed)
    }

    /// Removes a provider and its key.
    ///
    /// # Errors
    /// [`Error::NotFound`]; the keychain's; those of the settings.
    pub fn remove(&self, name: &str) -> Result<(), Error> {
        let mut listed: Listed = self.settings.get(SETTING)?;
        let at = listed.providers.iter().position(|known| known.name == name);
        let removed = listed.providers.remove(at.ok_or(Error::NotFound(Entity::Provider))?);
        if listed.preferred.as_deref() == Some(name) {
            listed.preferred = listed.providers.first().map(|known| known.name.clone());
        }
        let keyed = listed.keyed.remove(name);
        self.settings.set(SETTING, &listed)?;
        if keyed {
            self.keychain
                .delete(&self.account(&removed))
                .map_err(ccc_vault::Error::from)?;
        }
        Ok(())
    }

    /// The provider of that name, ready to be asked. `api_key` stands in for the keychain, for automation.
    ///
    /// # Errors
    /// [`Error::NotFound`]; the keychain's, unless a key was given; the provider's for its address.
    pub fn connect(&self, name: &str, api_key: Option<ApiKey>) -> Result<Arc<dyn ChatProvider>, Error> {
        if name == REHEARSAL {
            return Ok(Arc::new(Rehearsal::new()));
        }
        Ok(Arc::new(self.connect_openai(name, api_key)?))
    }

    /// How a provider's model is asked; nothing is said of it for Rehearsal, and for one that is not there.
    ///
    /// # Errors
    /// Those of the settings.
    pub fn parameters(&self, name: &str) -> Result<Parameters, Error> {
        let entry = self.list()?.into_iter().find(|known| known.name == name);
        Ok(entry.map_or_else(Parameters::default, |entry| entry.parameters))
    }

    /// As [`Self::connect`], for what only a real endpoint answers: its models and a test.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub fn connect_openai(&self, name: &str, api_key: Option<ApiKey>) -> Result<OpenAiCompatible, Error> {
        let entry = self
            .list()?
            .into_iter()
            .find(|known| known.name == name)
            .ok_or(Error::NotFound(Entity::Provider))?;
        let api_key = match api_key {
            Some(key) => Some(key),
            None => self.stored_key(&entry)?,
        };
        Ok(OpenAiCompatible::new(config(&entry, api_key))?)
    }

    fn stored_key(&self, entry: &ProviderEntry) -> Result<Option<ApiKey>, Error> {
        if !self.settings.get::<Listed>(SETTING)?.keyed.contains(&entry.name) {
            return Ok(None);
        }
        let secret = self
            .keychain
            .get(&self.account(entry))
            .map_err(ccc_vault::Error::from)?;
        let Some(secret) = secret else { return Ok(None) };
        let text = std::str::from_utf8(&secret).map_err(|_| Error::Damaged("the stored key is not text"))?;
        Ok(Some(ApiKey::new(text.to_owned())))
    }

    /// The keychain's name for a provider's key. It holds the address, so that a key is never sent to another one.
    fn account(&self, entry: &ProviderEntry) -> String {
        format!("{}/provider/{}@{}", self.profile, entry.name, entry.base_url)
    }
}

impl From<ccc_provider::TestReport> for TestReport {
    fn from(report: ccc_provider::TestReport) -> Self {
        Self {
            models: report.models,
            answered: report.answered,
            latency_ms: u64::try_from(report.latency.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

fn config(entry: &ProviderEntry, api_key: Option<ApiKey>) -> OpenAiConfig {
    OpenAiConfig {
        api_key,
        model: entry.model.clone(),
        confirmed_http_host: entry.confirmed_http_host.clone(),
        key_header: if entry.api_key_header {
            KeyHeader::ApiKey
        } else {
            KeyHeader::Bearer
        },
        ..OpenAiConfig::new(&entry.name, &entry.base_url)
    }
}

fn check_name(name: &str) -> Result<(), Error> {
    let plain = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if name == REHEARSAL || name.is_empty() || name.len() > 64 || !plain {
        return Err(Error::Invalid(
            "a provider's name is 1 to 64 letters, digits, dashes, dots or underscores, and not rehearsal",
        ));
    }
    Ok(())
}
