package io.gondola.gateway.keys;

import io.gondola.protocol.RequestClass;

/**
 * What a key stands for; the key itself is nowhere in it.
 *
 * @param tenant the owner: the unit of fairness and quota
 * @param tenantWeight how many times the service of an owner of weight 1 this one is to get while both wait
 * @param defaultClass of its requests that name none
 * @param highestClass the most urgent class that its requests may name
 */
public record ApiKey(String tenant, int tenantWeight, RequestClass defaultClass, RequestClass highestClass) {

    public ApiKey {
        if (defaultClass.compareTo(highestClass) < 0) {
            throw new IllegalArgumentException(defaultClass + " is above " + highestClass);
        }
    }

    /** Whether its requests may be of this class. */
    public boolean mayUse(RequestClass requestClass) {
        return requestClass.compareTo(highestClass) >= 0;
    }
}
