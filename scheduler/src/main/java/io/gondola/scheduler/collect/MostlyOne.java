package io.gondola.scheduler.collect;

import java.util.ArrayList;
import java.util.List;

/** Lists that are gathered anew for each event and mostly end up with one item: that needs neither room to grow nor a copy. */
public final class MostlyOne {

    private MostlyOne() {}

    /** @param before an empty list, or what this gave back: it is not to be used any more */
    public static <T> List<T> with(List<T> before, T last) {
        if (before.isEmpty()) {
            return List.of(last);
        }
        List<T> all = before.size() == 1 ? new ArrayList<>(before) : before;
        all.add(last);
        return all;
    }
}
