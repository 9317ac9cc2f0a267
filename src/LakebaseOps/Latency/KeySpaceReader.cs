using System.Globalization;
using LakebaseOps.Serving;
using LakebaseOps.Synthesis;
using Npgsql;

namespace LakebaseOps.Latency;

/// <summary>Finds out which keys an entity's tables hold: generated ones by probing for them, else a sample.</summary>
internal static class KeySpaceReader
{
    private const int SampleSize = 200_000;

    /// <summary>The key space of each entity of a plan.</summary>
    /// <exception cref="LakebaseException">ObjectNotFound: the tables of an entity hold no rows.</exception>
    public static async Task<IReadOnlyList<KeySpace>> ReadAsync(
        NpgsqlConnection connection, FeaturePlan plan, KeyRange range, long seed, CancellationToken cancellationToken)
    {
        List<KeySpace> spaces = [];
        for (int entity = 0; entity < plan.Entities.Count; entity++)
        {
            spaces.Add(await SyntheticAsync(connection, plan, entity, range, cancellationToken).ConfigureAwait(false)
                ?? await SampledAsync(connection, plan, entity, range, seed, cancellationToken).ConfigureAwait(false));
        }

        return spaces;
    }

    /// <summary>The key spaces that a distribution draws from: those of the tables, or a file's.</summary>
    /// <param name="distribution">The distribution.</param>
    /// <param name="spaces">Those of the tables; not looked at for a file.</param>
    /// <param name="plan">Whose keys they are.</param>
    /// <param name="keyPath">The file.</param>
    /// <exception cref="LakebaseException">InvalidArgument, FileNotFound, KeyInvalid.</exception>
    public static IReadOnlyList<KeySpace> Of(
        KeyDistribution distribution, IReadOnlyList<KeySpace> spaces, FeaturePlan plan, string? keyPath)
    {
        if (distribution == KeyDistribution.File)
            return KeyFile.Read(keyPath!, plan);
        if (distribution == KeyDistribution.Latest && spaces.FirstOrDefault(space => !space.IsOrdered) is { } unordered)
        {
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument,
                $"The distribution Latest needs keys with an order, and {unordered.Description} have none.")
            { Target = "Distribution", Remedy = "Use it with integer keys or generated data, or give the keys in a file." }.ToException();
        }

        return spaces;
    }

    private static async Task<KeySpace?> SyntheticAsync(
        NpgsqlConnection connection, FeaturePlan plan, int entity, KeyRange range, CancellationToken cancellationToken)
    {
        FeatureEntity wanted = plan.Entities[entity];
        if (wanted.Keys is KeyKind.Integer or KeyKind.Character)
            return null;
        TableName first = plan.Tables.First(table => table.Entity == entity).Name;
        SyntheticKey key = new(wanted.Name.Length > 0 ? wanted.Name
            : FraudWorkload.Find(first.Name)?.Entity ?? first.Name);
        long[] rows = new long[plan.Tables.Count];
        for (int table = 0; table < rows.Length; table++)
        {
            rows[table] = plan.Tables[table].Entity != entity ? -1
                : await RowsAsync(connection, plan.Tables[table], key, wanted.Keys,
                    cancellationToken).ConfigureAwait(false);
            if (rows[table] == 0)
                return null;
        }

        return new SyntheticKeySpace(key, wanted.Keys, rows, range);
    }

    // Generated tables hold the keys of 0 to rows - 1: double until one is missing, then halve the gap.
    private static async Task<long> RowsAsync(
        NpgsqlConnection connection, FeatureTable table, SyntheticKey key, KeyKind kind,
            CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new($"SELECT EXISTS ({table.Lookup("", ["1"], 1)})",
            connection) { Parameters = { Keys.Parameter(kind) } };
        await using (command.ConfigureAwait(false))
        {
            await command.PrepareAsync(cancellationToken).ConfigureAwait(false);
            async Task<bool> HoldsAsync(long id)
            {
                Keys.Set(command.Parameters[0], SyntheticKeySpace.KeyOf(key, kind, id));
                return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
            }

            long held = 0;
            long missing = 1;
            while (await HoldsAsync(missing - 1).ConfigureAwait(false))
                (held, missing) = (missing, missing * 2);
            while (held < missing - 1)
            {
                long middle = held + ((missing - held) / 2);
                if (await HoldsAsync(middle - 1).ConfigureAwait(false))
                    held = middle;
                else
                    missing = middle;
            }

            return held;
        }
    }

    private static async Task<KeySpace> SampledAsync(
        NpgsqlConnection connection, FeaturePlan plan, int entity, KeyRange range, long seed,
            CancellationToken cancellationToken)
    {
        (int source, double rows) = await SourceAsync(connection, plan, entity, range,
            cancellationToken).ConfigureAwait(false);
        FeatureTable table = plan.Tables[source];
        double percent = rows > 2 * SampleSize ? 100 * 1.5 * SampleSize / rows : 100;
        string sample = percent < 100
            ? string.Create(CultureInfo.InvariantCulture, $" TABLESAMPLE SYSTEM ({percent:R}) REPEATABLE ({seed})")
            : "";
        List<object> keys = [];
        NpgsqlCommand command = new($"SELECT DISTINCT {table.Key.Sql} FROM {table.Name.ToSql()} AS t{sample} WHERE {table.Key.Sql} IS NOT NULL LIMIT {SampleSize}", connection);
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    keys.Add(Keys.Read(plan.Entities[entity].Keys, reader, 0));
            }
        }

        if (keys.Count == 0)
        {
            throw new LakebaseError(ErrorIds.ObjectNotFound, LakebaseErrorKind.NotFound,
                $"{table.Name} holds no rows to ask for.")
            { Target = table.Name.ToString(),
                Remedy = "Load the tables first; Invoke-LakebaseBulkLoad does." }.ToException();
        }

        // In order, so that the newest are the last.
        if (plan.Entities[entity].Keys == KeyKind.Integer)
            keys.Sort();
        return new SampledKeySpace(keys, source, table.Name, percent >= 100 && keys.Count < SampleSize,
            plan.Entities[entity].Keys);
    }

    // Keys that all tables hold are likeliest in the smallest, those that any holds in the largest.
    private static async Task<(int Table, double Rows)> SourceAsync(
        NpgsqlConnection connection, FeaturePlan plan, int entity, KeyRange range, CancellationToken cancellationToken)
    {
        (int Table, double Rows) best = (-1, 0);
        NpgsqlCommand command = new("SELECT greatest(reltuples, pg_relation_size(oid) / 8192)::float8 FROM pg_class WHERE oid = $1::regclass", connection)
        { Parameters = { new NpgsqlParameter { NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text } } };
        await using (command.ConfigureAwait(false))
        {
            for (int index = 0; index < plan.Tables.Count; index++)
            {
                if (plan.Tables[index].Entity != entity)
                    continue;
                command.Parameters[0].Value = plan.Tables[index].Name.ToSql();
                double rows = (double)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
                if (best.Table < 0 || (range == KeyRange.Whole ? rows > best.Rows : rows < best.Rows))
                    best = (index, rows);
            }
        }

        return best;
    }
}
