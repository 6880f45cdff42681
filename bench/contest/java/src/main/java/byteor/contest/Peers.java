package byteor.contest;

/** One peer, one run, one line of JSON: {@code peer=lmax what=1p1c size=32 batch=16 n=10000000 work=touch}. */
public final class Peers {
    private Peers() {}

    public static void main(String[] args) throws Exception {
        Work work = Work.of(args);
        switch (work.peer()) {
            case "lmax" -> Lmax.run(work);
            case "agrona", "aeron" -> Processes.run(work);
            case "jet" -> Jet.run(work);
            default -> {
                System.err.println("no peer " + work.peer());
                System.exit(2);
            }
        }
    }
}
