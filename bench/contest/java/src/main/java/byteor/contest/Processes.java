package byteor.contest;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.Subscription;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.logbuffer.BufferClaim;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.MappedByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/** Agrona's one-to-one ring in a mapped file and Aeron over IPC: one to one and round trips between two processes. */
final class Processes {
    private Processes() {}

    /** Takes a message where it lies. */
    interface Take {
        void message(DirectBuffer buffer, int offset, int length);
    }

    /** One direction of either peer. */
    interface Way extends AutoCloseable {
        /** Sends one message with this number, waiting for room. */
        void send(long number);

        /** Takes what is there, at most so many. */
        int receive(Take take, int limit);

        @Override
        void close();
    }

    static void run(Work work) throws Exception {
        boolean first = !work.role().equals("receiver");
        var driver = work.peer().equals("aeron") && first ? driver(work) : null;
        try (Way there = way(work, "there", 1001, first); Way back = way(work, "back", 1002, !first)) {
            if (first) {
                first(work, there, back);
            } else {
                second(work, there, back);
            }
        }
        CloseHelper.close(driver);
    }

    private static void first(Work work, Way there, Way back) throws Exception {
        Process second = new ProcessBuilder(command(work)).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (var lines = new BufferedReader(new InputStreamReader(second.getInputStream()))) {
            expect(lines, "ready");
            if (work.what().equals("1p1c")) {
                send(there, Work.WARM_UP);
                expect(lines, "warm");
                long from = System.nanoTime();
                send(there, work.n());
                expect(lines, "done");
                work.printTime(System.nanoTime() - from);
            } else {
                trips(there, back, work.warmUpTrips());
                work.printTrips(trips(there, back, work.n()));
            }
            second.waitFor();
        }
    }

    private static void send(Way there, long n) {
        for (long at = 0; at < n; at++) {
            there.send(at);
        }
    }

    private static long[] trips(Way there, Way back, long n) {
        long[] trips = new long[(int) n];
        for (int at = 0; at < trips.length; at++) {
            long number = at;
            long from = System.nanoTime();
            there.send(number);
            int looks = 0;
            while (back.receive((buffer, offset, length) -> {
                if (buffer.getLong(offset) != number) {
                    System.err.println("another answer");
                    System.exit(1);
                }
            }, 1) == 0) {
                pause(looks++);
            }
            trips[at] = System.nanoTime() - from;
        }
        return trips;
    }

    /** Spins, and gives the core away where that took longer than any trip between two cores. */
    private static void pause(int looks) {
        if (looks < 20_000) {
            Thread.onSpinWait();
        } else {
            Thread.yield();
        }
    }

    private static void second(Work work, Way there, Way back) {
        System.out.println("ready");
        if (work.what().equals("1p1c")) {
            receive(work, there, Work.WARM_UP);
            System.out.println("warm");
            receive(work, there, work.n());
            System.out.println("done");
            return;
        }
        long[] echoed = {0};
        Take echo = (buffer, offset, length) -> {
            back.send(buffer.getLong(offset));
            echoed[0]++;
        };
        int looks = 0;
        while (echoed[0] < work.n() + work.warmUpTrips()) {
            if (there.receive(echo, 1) == 0) {
                pause(looks++);
            } else {
                looks = 0;
            }
        }
    }

    private static void receive(Work work, Way there, long n) {
        var seen = new Work.Seen(work.touch());
        Take look = seen::look;
        while (seen.count < n) {
            if (there.receive(look, 256) == 0) {
                Thread.onSpinWait();
            }
        }
        seen.check(work, n);
    }

    private static void expect(BufferedReader lines, String word) throws Exception {
        String line = lines.readLine();
        if (!word.equals(line)) {
            throw new IllegalStateException("the second process said " + line);
        }
    }

    private static List<String> command(Work work) {
        var command = new ArrayList<String>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "byteor.contest.Peers",
            "peer=" + work.peer(), "what=" + work.what(), "size=" + work.size(), "batch=" + work.batch(),
            "n=" + work.n(), "work=" + (work.touch() ? "touch" : "nt"), "run=" + work.run(), "role=receiver"));
        return command;
    }

    private static Way way(Work work, String name, int stream, boolean sends) {
        return work.peer().equals("aeron")
            ? new AeronWay(work, stream, sends)
            : new AgronaWay(work, name);
    }

    private static MediaDriver driver(Work work) {
        return MediaDriver.launch(new MediaDriver.Context()
            .aeronDirectoryName("/dev/shm/" + work.run())
            .threadingMode(ThreadingMode.SHARED)
            .sharedIdleStrategy(new org.agrona.concurrent.SleepingMillisIdleStrategy(1))
            .dirDeleteOnStart(true)
            .dirDeleteOnShutdown(true));
    }

    /** A ring of Agrona in a file that both processes map. */
    private static final class AgronaWay implements Way {
        private static final int TYPE = 1;
        private final MappedByteBuffer map;
        private final OneToOneRingBuffer ring;
        private final int size;
        private final UnsafeBuffer message;

        AgronaWay(Work work, String name) {
            int bytes = Integer.highestOneBit((work.size() + 8) * Work.CAPACITY * 2 - 1)
                + RingBufferDescriptor.TRAILER_LENGTH;
            var file = new File("/dev/shm/" + work.run() + "-" + name);
            boolean first = !work.role().equals("receiver");
            map = first ? IoUtil.mapNewFile(file, bytes) : IoUtil.mapExistingFile(file, name);
            if (first) {
                file.deleteOnExit();
            }
            ring = new OneToOneRingBuffer(new UnsafeBuffer(map));
            size = work.size();
            message = new UnsafeBuffer(work.blank());
        }

        @Override
        public void send(long number) {
            Work.number(message, 0, number);
            while (!ring.write(TYPE, message, 0, size)) {
                Thread.onSpinWait();
            }
        }

        @Override
        public int receive(Take take, int limit) {
            return ring.read((type, buffer, offset, length) -> take.message(buffer, offset, length), limit);
        }

        @Override
        public void close() {
            IoUtil.unmap(map);
        }
    }

    /** A stream of Aeron over IPC, as in its IPC throughput sample, but between two processes. */
    private static final class AeronWay implements Way {
        private final Aeron aeron;
        private final ExclusivePublication publication;
        private final Subscription subscription;
        private final BufferClaim claim = new BufferClaim();
        private final UnsafeBuffer message;

        AeronWay(Work work, int stream, boolean sends) {
            aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName("/dev/shm/" + work.run()));
            publication = sends ? aeron.addExclusivePublication("aeron:ipc", stream) : null;
            subscription = sends ? null : aeron.addSubscription("aeron:ipc", stream);
            message = new UnsafeBuffer(work.blank());
        }

        @Override
        public void send(long number) {
            Work.number(message, 0, number);
            long claimed;
            while ((claimed = publication.tryClaim(message.capacity(), claim)) < 0) {
                if (claimed == Publication.CLOSED || claimed == Publication.MAX_POSITION_EXCEEDED) {
                    throw new IllegalStateException("the driver gave this process up");
                }
                Thread.onSpinWait();
            }
            claim.buffer().putBytes(claim.offset(), message, 0, message.capacity());
            claim.commit();
        }

        @Override
        public int receive(Take take, int limit) {
            int came = subscription.poll((buffer, offset, length, header) -> take.message(buffer, offset, length), limit);
            if (came == 0 && subscription.isClosed()) {
                throw new IllegalStateException("the driver gave this process up");
            }
            return came;
        }

        @Override
        public void close() {
            CloseHelper.closeAll(publication, subscription, aeron);
        }
    }
}
