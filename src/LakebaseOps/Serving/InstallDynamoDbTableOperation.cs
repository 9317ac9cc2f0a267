using System.Diagnostics;
using System.Globalization;
using LakebaseOps.Connections;
using LakebaseOps.Operations;
using LakebaseOps.Serving.DynamoDb;
using Npgsql;

namespace LakebaseOps.Serving;

/// <summary>Install-LakebaseDynamoDbTable.</summary>
[Command("Install-LakebaseDynamoDbTable", Writes = true)]
public sealed class InstallDynamoDbTableOperation(LakebaseSession session, InstallDynamoDbTableOptions options) : Operation
{
    private const int Retries = 10;

    private readonly DynamoEndpoint _endpoint = new(options.ServiceUrl, options.Region);

    /// <inheritdoc />
    public override async Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await PostgresSession.Of(session).OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            IReadOnlyList<DynamoTable> tables = Tables(await FeaturePlan.ReadAsync(connection, options, cancellationToken).ConfigureAwait(false));
            return new OperationPlan(tables is [DynamoTable only] ? $"{only.Name} of {_endpoint.Name}" : $"{tables.Count} tables {options.TablePrefix}* of {_endpoint.Name}",
                options.Remove ? "Remove the tables" : "Make the tables anew of the rows that PostgreSQL holds now")
            {
                Steps = [.. tables.SelectMany(Steps)],
            };
        }
    }

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await PostgresSession.Of(session).OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            // All tables as of one moment.
            NpgsqlTransaction snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
            await using (snapshot.ConfigureAwait(false))
            {
                FeaturePlan plan = await FeaturePlan.ReadAsync(connection, options, cancellationToken).ConfigureAwait(false);
                IReadOnlyList<DynamoTable> tables = Tables(plan);
                IReadOnlySet<string> present = await CheckAsync(connection, plan, tables, cancellationToken).ConfigureAwait(false);
                using DynamoClient client = _endpoint.Open(2 * options.ThrottleLimit, Retries);
                DynamoCatalog catalog = new(client, options.TablePrefix);
                if (!options.Remove)
                    await catalog.EnsureAsync(cancellationToken).ConfigureAwait(false);
                foreach (DynamoTable table in tables)
                {
                    Task<DynamoDbTableResult> work = options.Remove
                        ? RemoveAsync(client, catalog, table, present.Contains(table.Name), cancellationToken)
                        : InstallAsync(sink, client, catalog, connection, plan, table, present.Contains(table.Name), cancellationToken);
                    await sink.EmitAsync(await work.ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>Finds whatever stands in the way of one table before any is touched; hands back the tables that are there.</summary>
    private async Task<IReadOnlySet<string>> CheckAsync(
        NpgsqlConnection connection, FeaturePlan plan, IReadOnlyList<DynamoTable> tables, CancellationToken cancellationToken)
    {
        // Repeats nothing: an address where nobody listens is told at once.
        using DynamoClient client = _endpoint.Open(1, retries: 0);
        DynamoCatalog catalog = new(client, options.TablePrefix);
        HashSet<string> present = [];
        foreach (DynamoTable table in tables)
        {
            if (await catalog.FindOwnAsync(table.Name, cancellationToken).ConfigureAwait(false))
                present.Add(table.Name);
        }

        foreach (FeatureTable table in options.Remove ? [] : plan.Tables)
            await DemandUniqueAsync(connection, table, cancellationToken).ConfigureAwait(false);
        return present;
    }

    private IReadOnlyList<DynamoTable> Tables(FeaturePlan plan)
    {
        DynamoTable.DemandModes(options.Mode);
        return DynamoTable.All(plan, options.Mode, options.TablePrefix);
    }

    private IEnumerable<string> Steps(DynamoTable table)
    {
        yield return $"DeleteTable {table.Name}, if it is there and was made by this command";
        if (options.Remove)
            yield break;
        yield return $"CreateTable {table.Name}, key '{table.KeyName}' of type {DynamoTables.TypeOf(table.Entity.Keys).Value}, paid by request";
        yield return $"BatchWriteItem the rows of {string.Join(", ", table.Tables.Select(one => one.Name))}";
        yield return $"Scan {table.Name} and compare it with what was read";
    }

    private async Task<DynamoDbTableResult> InstallAsync(
        IOperationSink sink, DynamoClient client, DynamoCatalog catalog, NpgsqlConnection connection, FeaturePlan plan, DynamoTable table, bool isPresent,
        CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        string activity = $"Loading {table.Name}";
        DynamoEntry entry = new(table.Name, table.Shape, "", IsLoaded: false, Items: 0);
        // Known as ours before it is there: a command cut off in between can be run again.
        await catalog.WriteAsync(entry, cancellationToken).ConfigureAwait(false);
        if (isPresent)
            await DynamoTables.DropAsync(client, table.Name, cancellationToken).ConfigureAwait(false);
        entry = entry with { Made = await DynamoTables.CreateAsync(client, table.Name, table.KeyName, table.Entity.Keys, cancellationToken).ConfigureAwait(false) };
        await catalog.WriteAsync(entry, cancellationToken).ConfigureAwait(false);
        DynamoLoad load = new(client, connection, plan, options.ThrottleLimit, items => sink.Report(
            new OperationProgress(activity, string.Create(CultureInfo.InvariantCulture, $"{items:N0} items"))));
        try
        {
            DynamoContents sent = await load.RunAsync(table, cancellationToken).ConfigureAwait(false);
            sink.Report(new OperationProgress(activity, "reading it back"));
            DynamoContents found = await DynamoContents.ReadAsync(client, plan, table, options.ThrottleLimit, cancellationToken).ConfigureAwait(false);
            if (found != sent)
                throw Differs(table, sent, found);
            entry = entry with { IsLoaded = true, Items = found.Items };
            await catalog.WriteAsync(entry, cancellationToken).ConfigureAwait(false);
            if (await catalog.FindAsync(table.Name, cancellationToken).ConfigureAwait(false) != entry
                || !await catalog.FindOwnAsync(table.Name, cancellationToken).ConfigureAwait(false))
                throw Differs(table, sent, default);
        }
        finally
        {
            sink.Report(new OperationProgress(activity, "") { IsCompleted = true });
        }

        return Result(table, isPresent ? "Replaced" : "Installed") with
        {
            Items = entry.Items,
            Retries = load.Retries,
            Duration = Stopwatch.GetElapsedTime(started),
        };
    }

    private async Task<DynamoDbTableResult> RemoveAsync(
        DynamoClient client, DynamoCatalog catalog, DynamoTable table, bool isPresent, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        if (isPresent)
            await DynamoTables.DropAsync(client, table.Name, cancellationToken).ConfigureAwait(false);
        await catalog.ForgetAsync(table.Name, cancellationToken).ConfigureAwait(false);
        return Result(table, isPresent ? "Removed" : "Absent") with { Duration = Stopwatch.GetElapsedTime(started) };
    }

    private DynamoDbTableResult Result(DynamoTable table, string action) => new()
    {
        DynamoDbTable = table.Name,
        Action = action,
        Mode = table.IsWide ? FeatureMode.Wide : FeatureMode.Batch,
        Entity = table.Entity.Name,
        Table = [.. table.Tables.Select(one => one.Name.ToString())],
        Shape = table.Shape,
        Endpoint = _endpoint.Name,
        Session = session.Name,
    };

    private static async Task DemandUniqueAsync(NpgsqlConnection connection, FeatureTable table, CancellationToken cancellationToken)
    {
        string key = $"t.{TableName.Quote(table.Key.Name)}";
        NpgsqlCommand command = new(
            $"SELECT {key}::text FROM {table.Name.ToSql()} AS t WHERE {key} IS NOT NULL GROUP BY {key} HAVING count(*) > 1 LIMIT 1", connection) { CommandTimeout = 0 };
        await using (command.ConfigureAwait(false))
        {
            if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is string twice)
            {
                throw new LakebaseError(ErrorIds.KeyNotUnique, LakebaseErrorKind.InvalidData,
                    $"Several rows of {table.Name} carry the key '{twice}', and DynamoDB holds one item for each key.")
                { Target = table.Name.ToString(), Remedy = "Name a unique column with -KeyColumn, or remove the duplicates." }.ToException();
            }
        }
    }

    private LakebaseException Differs(DynamoTable table, DynamoContents sent, DynamoContents found) => new LakebaseError(
        ErrorIds.LoadNotVerified, LakebaseErrorKind.Verification,
        string.Create(CultureInfo.InvariantCulture, $"Table '{table.Name}' of {_endpoint.Name} holds other contents than were written: {found.Items:N0} items with {found.Rows:N0} rows, not {sent.Items:N0} with {sent.Rows:N0}, or other values."))
    { Target = table.Name, Remedy = "Somebody else changes it: run the command again when nobody does." }.ToException();
}
