-- terms of cancellation: fees, who cancelled and why
-- depends: 0025_quarters_of_an_hour

-- migrate: apply

-- What is kept of each ticket that its buyer cancels, in minor units. What is booked keeps the terms it was booked under:
-- `former_cancellation` has those that were changed, the oldest first, each as {"booked_before", "until", "fee"}.
ALTER TABLE events
    ADD cancellation_fee    bigint NOT NULL DEFAULT 0 CHECK (cancellation_fee >= 0),
    ADD former_cancellation jsonb NOT NULL DEFAULT '[]';

-- What was kept of a cancelled ticket, which revenue counts; who cancelled it, nobody if its event was called off; and why.
ALTER TABLE tickets
    ADD fee           bigint NOT NULL DEFAULT 0,
    ADD cancelled_by  uuid,
    ADD cancel_reason text NOT NULL DEFAULT '',
    ADD CONSTRAINT tickets_fee_is_within_price CHECK (fee BETWEEN 0 AND price AND (fee = 0 OR cancelled_at IS NOT NULL));

-- migrate: rollback

ALTER TABLE tickets
    DROP COLUMN fee,
    DROP COLUMN cancelled_by,
    DROP COLUMN cancel_reason;
ALTER TABLE events
    DROP COLUMN cancellation_fee,
    DROP COLUMN former_cancellation;
