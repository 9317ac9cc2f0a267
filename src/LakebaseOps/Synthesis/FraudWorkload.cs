namespace LakebaseOps.Synthesis;

/// <summary>
/// The reference workload: 30 feature tables of three entities, of which one scoring request reads one row each.
/// </summary>
public static class FraudWorkload
{
    /// <summary>The fewest rows a table is scaled down to.</summary>
    public const long LeastRows = 1_000;

    /// <summary>The scale at which all tables together have about 3 million rows.</summary>
    public const double DemoScale = 3e6 / 15.61e9;

    private const long Million = 1_000_000;
    private static readonly int[] Windows = [30, 90, 365];

    /// <summary>The 30 tables: by entity, family and window.</summary>
    public static IReadOnlyList<FraudTable> Tables { get; } =
    [
        .. Family("card_fingerprint", "fraud_rates", 80, 250, 1_000),
        .. Family("card_fingerprint", "time_since", 150, 500, 2_000),
        .. Family("card_fingerprint", "good_rates", 1_000, 1_000, 1_000),
        .. Family("customer_email_clean", "fraud_rates", 80, 250, 1_000),
        .. Family("customer_email_clean", "time_since", 700, 700, 700),
        .. Family("customer_email_clean", "good_rates", 400, 400, 400),
        .. Family("cardholder_name_clean", "fraud_rates", 75, 200, 900),
        .. Family("cardholder_name_clean", "time_since", 150, 150, 150),
        .. Family("cardholder_name_clean", "good_rates", 400, 400, 400),
        .. Family("cardholder_name_clean", "tesseract_velocities", 75, 200, 900),
    ];

    /// <summary>The entities in the order of their tables.</summary>
    public static IReadOnlyList<string> Entities { get; } = [.. Tables.Select(table => table.Entity).Distinct()];

    /// <summary>The workload's table of that name, in whatever schema, or null.</summary>
    public static FraudTable? Find(string name) => Tables.FirstOrDefault(table => table.Name == name);

    /// <summary>The fewest rows any of an entity's tables has: a request for an id below it finds a row in every table.</summary>
    public static long LeastRowsOf(string entity, double scale) =>
        Tables.Where(table => table.Entity == entity).Min(table => table.RowsAt(scale));

    /// <summary>The DDL of the 30 tables, as module/samples/fraud.sql holds it.</summary>
    public static string Ddl { get; } = $"""
        -- The 30 fraud feature tables: three entities (card fingerprint, customer e-mail, cardholder name), four families, windows
        -- of 30, 90 and 365 days. The key is the SHA-256 of the entity's value in lower-case hexadecimal; behind it stand as many
        -- columns of eight bytes as the real tables have.

        {string.Join("\n\n", Tables.Select(Statement))}

        """;

    private static string Statement(FraudTable table) =>
        $"CREATE TABLE {table.Name} (\n    hashkey text PRIMARY KEY,\n    "
        + string.Join(",\n    ", FraudColumns.Of(table.Family).Select(column => $"{column.Name} {column.Type}")) + "\n);";

    private static IEnumerable<FraudTable> Family(string entity, string family, params int[] millions)
    {
        // The good rates of cards are spelled with a single underscore, as in the real schema.
        string joint = (entity, family) == ("card_fingerprint", "good_rates") ? "_" : "__";
        return Windows.Zip(millions, (window, rows) =>
            new FraudTable($"client_id_{entity}{joint}{family}__{window}d", entity, family, window, rows * Million));
    }
}
