//! All slots of an agent: which there are, which aren't taken, and which can be forgotten.

use std::collections::BTreeMap;
use std::time::Duration;

use byteor_config::ConfigBundleV1;
use byteor_policy::{is_digest, is_id, is_slot};

use crate::api::CallError;
use crate::failure::Failure;
use crate::host::Host;
use crate::instant::rfc3339;
use crate::protocol::{Desired, DesiredState, RefusedSlot, SlotReport, StatusPhase, StatusReport};
use crate::slot::{Slot, Target};

/// More slots than this are not taken.
pub const MAX_SLOTS: usize = 64;

/// More slots than this are not complained about one by one.
const COMPLAINTS: usize = 64;

/// The code of a slot that isn't taken.
const SLOT_LIMIT: &str = "E_SLOT_LIMIT";

/// All slots.
#[derive(Debug, Default)]
pub struct Slots {
    taken: BTreeMap<String, Slot>,
    /// What should run in a slot that isn't taken. Final, as every refusal.
    refused: BTreeMap<String, (Target, RefusedSlot)>,
}

impl Slots {
    /// The slots of a state folder, but for those that are retired.
    ///
    /// # Errors
    /// `E_STATE` where the folder can't be listed. One damaged slot is no error.
    pub fn open(host: &mut Host) -> Result<Self, Failure> {
        let mut slots = Self::default();
        for name in host.state.slots()? {
            let slot = Slot::open(host, &name);
            if !slot.is_left_over() {
                slots.taken.insert(name, slot);
            }
        }
        Ok(slots)
    }

    /// How many are taken.
    pub fn len(&self) -> usize {
        self.taken.len()
    }

    /// Whether none is taken.
    pub fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    /// What the control plane wants, of all slots.
    pub fn desire(&mut self, host: &mut Host, desired: &[Desired]) {
        let mut by_slot: BTreeMap<&str, Vec<Desired>> = BTreeMap::new();
        for entry in desired {
            let sound = is_slot(&entry.slot)
                && is_id(&entry.deployment_id)
                && is_digest(&entry.bundle_hash);
            if sound {
                by_slot.entry(&entry.slot).or_default().push(entry.clone());
            } else {
                tracing::warn!("a desired entry makes no sense and is ignored: {entry:?}");
            }
        }
        self.refused
            .retain(|name, _| by_slot.contains_key(name.as_str()));
        for (name, slot) in &mut self.taken {
            let entries = by_slot.remove(name.as_str()).unwrap_or_default();
            slot.desire(host, &entries);
        }
        for (name, entries) in by_slot {
            self.desire_new(host, name, &entries);
        }
    }

    fn desire_new(&mut self, host: &mut Host, name: &str, entries: &[Desired]) {
        let run = entries
            .iter()
            .filter(|entry| entry.state == DesiredState::Run)
            .max_by_key(|entry| entry.epoch)
            .map(Target::from);
        // Nothing has to be stopped in a slot that there isn't.
        let Some(target) = run else {
            self.refused.remove(name);
            return;
        };
        if self
            .refused
            .get(name)
            .is_some_and(|(known, _)| *known == target)
        {
            return;
        }
        self.refused.remove(name);
        if self.taken.len() >= MAX_SLOTS {
            self.refuse(host, name, target);
            return;
        }
        let mut slot = Slot::open(host, name);
        slot.desire(host, entries);
        self.taken.insert(name.to_owned(), slot);
    }

    fn refuse(&mut self, host: &mut Host, name: &str, target: Target) {
        let message = format!(
            "The slot '{name}' is not taken: this agent holds {MAX_SLOTS} already. Stop what isn't \
             needed, then deploy again."
        );
        tracing::error!("{SLOT_LIMIT}: {message}");
        let status = StatusReport {
            epoch: target.epoch,
            phase: StatusPhase::Failed,
            is_final: true,
            code: Some(SLOT_LIMIT.to_owned()),
            message: Some(message.clone()),
            at: rfc3339(host.clock.now().wall),
        };
        host.tell(name, &target, status);
        let refused = RefusedSlot {
            slot: name.to_owned(),
            deployment_id: target.deployment_id.clone(),
            code: SLOT_LIMIT.to_owned(),
            message,
        };
        self.refused.insert(name.to_owned(), (target, refused));
    }

    /// A bundle has come, or not.
    pub fn fetched(
        &mut self,
        host: &mut Host,
        slot: &str,
        deployment_id: &str,
        bundle_hash: &str,
        result: Result<Vec<u8>, CallError>,
    ) {
        if let Some(slot) = self.taken.get_mut(slot) {
            slot.fetched(host, deployment_id, bundle_hash, result);
        }
    }

    /// The control plane has heard how an attempt ended.
    pub fn told(
        &mut self,
        host: &mut Host,
        slot: &str,
        deployment_id: &str,
        epoch: u64,
        phase: StatusPhase,
    ) {
        if let Some(slot) = self.taken.get_mut(slot) {
            slot.told(host, deployment_id, epoch, phase);
        }
    }

    /// Moves everything on, and forgets what is retired.
    pub fn step(&mut self, host: &mut Host) {
        for slot in self.taken.values_mut() {
            slot.step(host);
        }
        self.taken.retain(|name, slot| {
            if slot.is_retired() {
                tracing::info!("{name}: nothing is left of this slot; it is retired");
            }
            !slot.is_retired()
        });
    }

    /// The configs of what was approved and ran here: each slot's last-known-good, verified once more.
    pub fn approved(&self, host: &mut Host) -> Vec<ConfigBundleV1> {
        let slots = self.taken.values();
        slots.filter_map(|slot| slot.approved(host)).collect()
    }

    /// What the agent can prove about each.
    pub fn reports(&self) -> Vec<SlotReport> {
        self.taken.values().map(Slot::report).collect()
    }

    /// Those that aren't taken.
    pub fn refused(&self) -> Vec<RefusedSlot> {
        let said = self.refused.values().take(COMPLAINTS);
        said.map(|(_, refused)| refused.clone()).collect()
    }

    /// Whether one of them is changing what it runs.
    pub fn are_changing(&self) -> bool {
        self.taken.values().any(Slot::is_changing)
    }

    /// Asks every process to end within `patience`.
    pub fn shut_down(&mut self, host: &mut Host, patience: Duration) {
        for slot in self.taken.values_mut() {
            slot.shut_down(host, patience);
        }
    }

    /// Whether no process is left.
    pub fn are_down(&self) -> bool {
        self.taken.values().all(Slot::is_down)
    }

    /// Ends every process at once.
    pub fn kill(&mut self) {
        for slot in self.taken.values_mut() {
            slot.kill();
        }
    }
}
