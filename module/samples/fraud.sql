-- The 30 fraud feature tables: three entities (card fingerprint, customer e-mail, cardholder name), four families, windows
-- of 30, 90 and 365 days. The key is the SHA-256 of the entity's value in lower-case hexadecimal; behind it stand as many
-- columns of eight bytes as the real tables have.

CREATE TABLE client_id_card_fingerprint__fraud_rates__30d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    fraud_count bigint,
    fraud_rate double precision,
    amount_sum double precision,
    amount_avg double precision,
    fraud_amount_sum double precision,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_card_fingerprint__fraud_rates__90d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    fraud_count bigint,
    fraud_rate double precision,
    amount_sum double precision,
    amount_avg double precision,
    fraud_amount_sum double precision,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_card_fingerprint__fraud_rates__365d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    fraud_count bigint,
    fraud_rate double precision,
    amount_sum double precision,
    amount_avg double precision,
    fraud_amount_sum double precision,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_card_fingerprint__time_since__30d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    first_seen_at timestamp with time zone,
    last_seen_at timestamp with time zone,
    seconds_since_first bigint,
    seconds_since_last bigint,
    seconds_active bigint,
    seconds_between_avg double precision,
    day_count bigint,
    active_day_rate double precision,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_card_fingerprint__time_since__90d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    first_seen_at timestamp with time zone,
    last_seen_at timestamp with time zone,
    seconds_since_first bigint,
    seconds_since_last bigint,
    seconds_active bigint,
    seconds_between_avg double precision,
    day_count bigint,
    active_day_rate double precision,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_card_fingerprint__time_since__365d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    first_seen_at timestamp with time zone,
    last_seen_at timestamp with time zone,
    seconds_since_first bigint,
    seconds_since_last bigint,
    seconds_active bigint,
    seconds_between_avg double precision,
    day_count bigint,
    active_day_rate double precision,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_card_fingerprint_good_rates__30d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    good_count bigint,
    good_rate double precision,
    declined_count bigint,
    declined_rate double precision,
    amount_sum double precision,
    amount_avg double precision,
    last_good_at timestamp with time zone,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_card_fingerprint_good_rates__90d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    good_count bigint,
    good_rate double precision,
    declined_count bigint,
    declined_rate double precision,
    amount_sum double precision,
    amount_avg double precision,
    last_good_at timestamp with time zone,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_card_fingerprint_good_rates__365d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    good_count bigint,
    good_rate double precision,
    declined_count bigint,
    declined_rate double precision,
    amount_sum double precision,
    amount_avg double precision,
    last_good_at timestamp with time zone,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_customer_email_clean__fraud_rates__30d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    fraud_count bigint,
    fraud_rate double precision,
    amount_sum double precision,
    amount_avg double precision,
    fraud_amount_sum double precision,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_customer_email_clean__fraud_rates__90d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    fraud_count bigint,
    fraud_rate double precision,
    amount_sum double precision,
    amount_avg double precision,
    fraud_amount_sum double precision,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_customer_email_clean__fraud_rates__365d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    fraud_count bigint,
    fraud_rate double precision,
    amount_sum double precision,
    amount_avg double precision,
    fraud_amount_sum double precision,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_customer_email_clean__time_since__30d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    first_seen_at timestamp with time zone,
    last_seen_at timestamp with time zone,
    seconds_since_first bigint,
    seconds_since_last bigint,
    seconds_active bigint,
    seconds_between_avg double precision,
    day_count bigint,
    active_day_rate double precision,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_customer_email_clean__time_since__90d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    first_seen_at timestamp with time zone,
    last_seen_at timestamp with time zone,
    seconds_since_first bigint,
    seconds_since_last bigint,
    seconds_active bigint,
    seconds_between_avg double precision,
    day_count bigint,
    active_day_rate double precision,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_customer_email_clean__time_since__365d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    first_seen_at timestamp with time zone,
    last_seen_at timestamp with time zone,
    seconds_since_first bigint,
    seconds_since_last bigint,
    seconds_active bigint,
    seconds_between_avg double precision,
    day_count bigint,
    active_day_rate double precision,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_customer_email_clean__good_rates__30d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    good_count bigint,
    good_rate double precision,
    declined_count bigint,
    declined_rate double precision,
    amount_sum double precision,
    amount_avg double precision,
    last_good_at timestamp with time zone,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_customer_email_clean__good_rates__90d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    good_count bigint,
    good_rate double precision,
    declined_count bigint,
    declined_rate double precision,
    amount_sum double precision,
    amount_avg double precision,
    last_good_at timestamp with time zone,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_customer_email_clean__good_rates__365d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    good_count bigint,
    good_rate double precision,
    declined_count bigint,
    declined_rate double precision,
    amount_sum double precision,
    amount_avg double precision,
    last_good_at timestamp with time zone,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_cardholder_name_clean__fraud_rates__30d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    fraud_count bigint,
    fraud_rate double precision,
    amount_sum double precision,
    amount_avg double precision,
    fraud_amount_sum double precision,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_cardholder_name_clean__fraud_rates__90d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    fraud_count bigint,
    fraud_rate double precision,
    amount_sum double precision,
    amount_avg double precision,
    fraud_amount_sum double precision,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_cardholder_name_clean__fraud_rates__365d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    fraud_count bigint,
    fraud_rate double precision,
    amount_sum double precision,
    amount_avg double precision,
    fraud_amount_sum double precision,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_cardholder_name_clean__time_since__30d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    first_seen_at timestamp with time zone,
    last_seen_at timestamp with time zone,
    seconds_since_first bigint,
    seconds_since_last bigint,
    seconds_active bigint,
    seconds_between_avg double precision,
    day_count bigint,
    active_day_rate double precision,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_cardholder_name_clean__time_since__90d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    first_seen_at timestamp with time zone,
    last_seen_at timestamp with time zone,
    seconds_since_first bigint,
    seconds_since_last bigint,
    seconds_active bigint,
    seconds_between_avg double precision,
    day_count bigint,
    active_day_rate double precision,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_cardholder_name_clean__time_since__365d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    first_seen_at timestamp with time zone,
    last_seen_at timestamp with time zone,
    seconds_since_first bigint,
    seconds_since_last bigint,
    seconds_active bigint,
    seconds_between_avg double precision,
    day_count bigint,
    active_day_rate double precision,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_cardholder_name_clean__good_rates__30d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    good_count bigint,
    good_rate double precision,
    declined_count bigint,
    declined_rate double precision,
    amount_sum double precision,
    amount_avg double precision,
    last_good_at timestamp with time zone,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_cardholder_name_clean__good_rates__90d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    good_count bigint,
    good_rate double precision,
    declined_count bigint,
    declined_rate double precision,
    amount_sum double precision,
    amount_avg double precision,
    last_good_at timestamp with time zone,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_cardholder_name_clean__good_rates__365d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    good_count bigint,
    good_rate double precision,
    declined_count bigint,
    declined_rate double precision,
    amount_sum double precision,
    amount_avg double precision,
    last_good_at timestamp with time zone,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_cardholder_name_clean__tesseract_velocities__30d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    event_count_1h bigint,
    event_count_24h bigint,
    event_count_7d bigint,
    merchant_count bigint,
    device_count bigint,
    country_count bigint,
    amount_sum double precision,
    amount_avg double precision,
    velocity_1h double precision,
    velocity_24h double precision,
    velocity_7d double precision,
    burst_rate double precision,
    first_seen_at timestamp with time zone,
    last_seen_at timestamp with time zone,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_cardholder_name_clean__tesseract_velocities__90d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    event_count_1h bigint,
    event_count_24h bigint,
    event_count_7d bigint,
    merchant_count bigint,
    device_count bigint,
    country_count bigint,
    amount_sum double precision,
    amount_avg double precision,
    velocity_1h double precision,
    velocity_24h double precision,
    velocity_7d double precision,
    burst_rate double precision,
    first_seen_at timestamp with time zone,
    last_seen_at timestamp with time zone,
    updated_at timestamp with time zone
);

CREATE TABLE client_id_cardholder_name_clean__tesseract_velocities__365d (
    hashkey text PRIMARY KEY,
    event_count bigint,
    event_count_1h bigint,
    event_count_24h bigint,
    event_count_7d bigint,
    merchant_count bigint,
    device_count bigint,
    country_count bigint,
    amount_sum double precision,
    amount_avg double precision,
    velocity_1h double precision,
    velocity_24h double precision,
    velocity_7d double precision,
    burst_rate double precision,
    first_seen_at timestamp with time zone,
    last_seen_at timestamp with time zone,
    updated_at timestamp with time zone
);
