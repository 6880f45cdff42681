//! From the ring's last stage into the delivery, which it has to itself while the ring runs.

use std::sync::{Arc, Mutex};

use byteor_pipeline_exec::{RecordSink, SinkFailure, SinkRecord, StateSnapshot, TakenBack};

use crate::delivery::{Delivered, Delivery, Progress, relock};
use crate::error::AdapterError;
use crate::saver::FirstError;
use crate::sink::Sink;
use crate::source::{Large, Place};

/// Where the delivery is before the ring runs and after it ended.
pub(crate) struct Seat<P, L, K: Sink>(Mutex<Seated<P, L, K>>);

struct Seated<P, L, K: Sink> {
    /// Nothing while the ring's sink has it.
    delivery: Option<Delivery<P, L, K>>,
    /// It knows what the ring began with, and the sink may have it.
    begun: bool,
}

impl<P: Place, L: Large, K: Sink> Seat<P, L, K> {
    pub(crate) fn new(delivery: Delivery<P, L, K>) -> Self {
        Self(Mutex::new(Seated {
            delivery: Some(delivery),
            begun: false,
        }))
    }

    /// The ring was started, and goes on from `at`.
    pub(crate) fn begin(&self, at: &Progress<P, K::Mark>) {
        let mut seated = relock(&self.0);
        if let Some(delivery) = &mut seated.delivery {
            delivery.begin(at);
        }
        seated.begun = true;
    }

    /// Does something with the delivery, after the ring ended.
    pub(crate) fn with(
        &self,
        act: impl FnOnce(&mut Delivery<P, L, K>) -> Result<(), AdapterError>,
    ) -> Result<(), AdapterError> {
        match &mut relock(&self.0).delivery {
            Some(delivery) => act(delivery),
            None => Err(AdapterError::new(
                "E_DELIVERY_STOPPED",
                "the ring's last stage ended without its sink",
                "this is a defect; start again: the run goes on from the last checkpoint",
            )),
        }
    }

    fn leave(&self) -> Option<Delivery<P, L, K>> {
        let mut seated = relock(&self.0);
        seated.begun.then(|| seated.delivery.take()).flatten()
    }
}

/// The sink of the ring. Gives the delivery back when it is dropped.
pub(crate) struct RingSink<P: Place, L: Large, K: Sink> {
    seat: Arc<Seat<P, L, K>>,
    delivery: Option<Delivery<P, L, K>>,
    errors: Arc<FirstError>,
}

impl<P: Place, L: Large, K: Sink> RingSink<P, L, K> {
    pub(crate) fn new(seat: &Arc<Seat<P, L, K>>, errors: &Arc<FirstError>) -> Self {
        Self {
            seat: Arc::clone(seat),
            delivery: None,
            errors: Arc::clone(errors),
        }
    }

    /// The delivery, once the run has begun: nothing is delivered before.
    #[inline]
    fn with(
        &mut self,
        act: impl FnOnce(&mut Delivery<P, L, K>) -> Result<(), AdapterError>,
    ) -> Result<(), SinkFailure> {
        if self.delivery.is_none() {
            self.delivery = self.seat.leave();
        }
        let Some(delivery) = &mut self.delivery else {
            return Ok(());
        };
        act(delivery).map_err(|error| self.errors.fail(error))
    }
}

impl<P: Place, L: Large, K: Sink> Drop for RingSink<P, L, K> {
    fn drop(&mut self) {
        if let Some(delivery) = self.delivery.take() {
            relock(&self.seat.0).delivery = Some(delivery);
        }
    }
}

impl<P: Place, L: Large, K: Sink> RecordSink for RingSink<P, L, K> {
    fn take(&mut self, sequence: u64, record: SinkRecord<'_>) -> Result<(), SinkFailure> {
        let delivered = match record {
            SinkRecord::Forward(bytes) => Delivered::Forward(bytes),
            SinkRecord::Dropped { stage } => Delivered::Dropped { stage },
            SinkRecord::Rejected { stage, .. } => Delivered::Rejected { stage },
        };
        self.with(|delivery| delivery.take(sequence, delivered))
    }

    fn taken_back(&mut self, most: TakenBack) -> TakenBack {
        let delivery = self.delivery.as_mut();
        delivery.map_or_else(TakenBack::default, |delivery| delivery.taken_back(most))
    }

    fn states(&mut self, snapshot: &Arc<StateSnapshot>) -> Result<(), SinkFailure> {
        self.with(|delivery| delivery.take_states(snapshot))
    }

    fn idle(&mut self) -> Result<(), SinkFailure> {
        self.with(Delivery::idle)
    }

    fn finish(&mut self) -> Result<(), SinkFailure> {
        self.with(Delivery::flush)
    }
}
