using LakebaseOps.Connections;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Serving;

/// <summary>Install-LakebaseWideTable.</summary>
[Command("Install-LakebaseWideTable", Writes = true)]
public sealed class InstallWideTableOperation(LakebaseSession session, InstallWideTableOptions options) : Operation
{
    /// <inheritdoc />
    public override async Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await PostgresSession.Of(session).OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            List<string> names = [];
            List<string> steps = [];
            foreach (WideTable wide in await TablesAsync(connection, cancellationToken).ConfigureAwait(false))
            {
                InstalledWide? installed = await wide.FindAsync(connection, cancellationToken).ConfigureAwait(false);
                names.Add((installed?.Table ?? new TableName(options.Schema, wide.Name)).ToString());
                steps.AddRange(Statements(wide, installed));
            }

            return new OperationPlan(string.Join(", ", names), options.Remove
                ? "Remove the wide table"
                : "Make a wide table of the rows that the tables hold now") { Steps = steps };
        }
    }

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await PostgresSession.Of(session).OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            foreach (WideTable wide in await TablesAsync(connection, cancellationToken).ConfigureAwait(false))
            {
                await sink.EmitAsync(
                    await InstallAsync(connection, wide, cancellationToken).ConfigureAwait(false),
                    cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<IReadOnlyList<WideTable>> TablesAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        FeaturePlan plan = await FeaturePlan.ReadAsync(connection, options, cancellationToken).ConfigureAwait(false);
        return [.. plan.Entities.Select((_, entity) => WideTable.Of(plan, entity))];
    }

    private async Task<WideTableResult> InstallAsync(
        NpgsqlConnection connection, WideTable wide, CancellationToken cancellationToken)
    {
        InstalledWide? before = await wide.FindAsync(connection, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, Statements(wide, before), cancellationToken).ConfigureAwait(false);
        InstalledWide? after = await wide.FindAsync(connection, cancellationToken).ConfigureAwait(false);
        if (options.Remove ? after is not null : after is null || after.Shape != wide.Shape || after.Oid == before?.Oid)
        {
            throw new LakebaseError(ErrorIds.StatementFailed, LakebaseErrorKind.Verification,
                $"The wide table {after?.Table.ToString() ?? wide.Name} is not as it should be after the command.")
            { Target = wide.Name, Remedy = "Somebody else changed it meanwhile: run the command again." }.ToException();
        }

        (long rows, long bytes) = after is null ? (0, 0)
            : await SizeAsync(connection, after.Table, cancellationToken).ConfigureAwait(false);
        return new WideTableResult
        {
            WideTable = after?.Table.ToString() ?? "",
            Action = (before, after) switch
            {
                (null, null) => "Absent",
                (not null, null) => "Removed",
                (null, not null) => "Installed",
                _ => "Replaced",
            },
            Entity = wide.EntityName,
            Table = [.. wide.Tables.Select(table => table.Name.ToString())],
            Shape = wide.Shape,
            Rows = rows,
            SizeBytes = bytes,
            Session = session.Name,
        };
    }

    private IReadOnlyList<string> Statements(WideTable wide, InstalledWide? installed) => options.Remove
        ? installed is null ? [] : [installed.DropSql]
        : wide.CreateSql(options.Schema, installed);

    private static async Task ExecuteAsync(
        NpgsqlConnection connection, IReadOnlyList<string> statements, CancellationToken cancellationToken)
    {
        // One transaction: whoever reads the table sees the old one or the new one.
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            foreach (string statement in statements)
            {
                NpgsqlCommand command = new(statement, connection, transaction) { CommandTimeout = 0 };
                await using (command.ConfigureAwait(false))
                    await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // Counted after VACUUM, which sets the hint bits that the first readers would have to write otherwise.
    private static async Task<(long Rows, long Bytes)> SizeAsync(
        NpgsqlConnection connection, TableName table, CancellationToken cancellationToken)
    {
        NpgsqlCommand vacuum = new($"VACUUM (ANALYZE) {table.ToSql()}", connection) { CommandTimeout = 0 };
        await using (vacuum.ConfigureAwait(false))
            await vacuum.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        NpgsqlCommand count = new(
            $"SELECT (SELECT count(*) FROM {table.ToSql()}), pg_total_relation_size($1::regclass)", connection)
        { CommandTimeout = 0, Parameters = { new() { Value = table.ToSql(), NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text } } };
        await using (count.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await count.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                return (reader.GetInt64(0), reader.GetInt64(1));
            }
        }
    }
}
