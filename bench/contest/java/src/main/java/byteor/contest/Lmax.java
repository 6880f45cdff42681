package byteor.contest;

import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.WaitStrategy;
import com.lmax.disruptor.YieldingWaitStrategy;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import com.lmax.disruptor.util.DaemonThreadFactory;
import org.agrona.concurrent.UnsafeBuffer;

/** LMAX Disruptor: one to one, three in a row, a diamond, one to three; between threads. */
final class Lmax {
    private Lmax() {}

    /** One slot of the ring. */
    static final class Event {
        final UnsafeBuffer bytes;

        Event(byte[] blank) {
            bytes = new UnsafeBuffer(blank);
        }
    }

    /** Looks at each message; the last one is told by its count. */
    static final class Handler implements EventHandler<Event> {
        private final Work work;
        private final long until;
        private final Work.Seen seen;
        volatile boolean done;

        Handler(Work work, long until) {
            this.work = work;
            this.until = until;
            seen = new Work.Seen(work.touch());
        }

        @Override
        public void onEvent(Event event, long sequence, boolean endOfBatch) {
            seen.look(event.bytes, 0, work.size());
            if (seen.count == until) {
                seen.check(work, until);
                done = true;
            }
        }
    }

    static void run(Work work) {
        once(work, Work.WARM_UP);
        work.printTime(once(work, work.n()));
    }

    /** Spins while each thread has a core; with more threads than cores that starves the one that works. */
    private static WaitStrategy waitStrategy(Work work) {
        int threads = work.what().equals("1p1c") ? 2 : 4;
        return threads > Runtime.getRuntime().availableProcessors()
            ? new YieldingWaitStrategy()
            : new BusySpinWaitStrategy();
    }

    private static long once(Work work, long n) {
        var disruptor = new Disruptor<>(
            () -> new Event(work.blank()), Work.CAPACITY, DaemonThreadFactory.INSTANCE,
            ProducerType.SINGLE, waitStrategy(work));
        var first = new Handler(work, n);
        var second = new Handler(work, n);
        var third = new Handler(work, n);
        Handler[] last;
        switch (work.what()) {
            case "1p1c" -> {
                disruptor.handleEventsWith(first);
                last = new Handler[] {first};
            }
            case "pipeline" -> {
                disruptor.handleEventsWith(first).then(second).then(third);
                last = new Handler[] {third};
            }
            case "diamond" -> {
                disruptor.handleEventsWith(first, second).then(third);
                last = new Handler[] {third};
            }
            case "1p3c" -> {
                disruptor.handleEventsWith(first, second, third);
                last = new Handler[] {first, second, third};
            }
            default -> throw new IllegalArgumentException("lmax has no " + work.what());
        }
        RingBuffer<Event> ring = disruptor.start();
        long from = System.nanoTime();
        for (long sent = 0; sent < n; ) {
            int want = (int) Math.min(work.batch(), n - sent);
            long high = ring.next(want);
            for (long at = high - want + 1; at <= high; at++, sent++) {
                Work.number(ring.get(at).bytes, 0, sent);
            }
            ring.publish(high - want + 1, high);
        }
        for (Handler handler : last) {
            while (!handler.done) {
                Thread.onSpinWait();
            }
        }
        long nanos = System.nanoTime() - from;
        disruptor.shutdown();
        return nanos;
    }
}
