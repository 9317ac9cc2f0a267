using System.Data;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Connections;

/// <summary>Invoke-LakebaseQuery: runs statements and streams their rows as <see cref="QueryRow"/>.</summary>
[Command("Invoke-LakebaseQuery", Writes = true)]
public sealed class InvokeQueryOperation(LakebaseSession session, QueryOptions options) : Operation
{
    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) => Task.FromResult(
        new OperationPlan($"{session.Host}:{session.Port}/{session.Database}", $"Run: {QueryText.Brief(options.Query)}"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await PostgresSession.Of(session).OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            if (!options.ReadOnly)
            {
                await ReadAsync(connection, sink, cancellationToken).ConfigureAwait(false);
                return;
            }

            NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                NpgsqlCommand readOnly = new("SET TRANSACTION READ ONLY", connection, transaction);
                await using (readOnly.ConfigureAwait(false))
                    await readOnly.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                await ReadAsync(connection, sink, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task ReadAsync(NpgsqlConnection connection, IOperationSink sink, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(options.Query, connection) { CommandTimeout = options.CommandTimeoutSeconds ?? 0 };
        await using (command.ConfigureAwait(false))
        {
            QueryParameters.Add(command, options.Parameters);
            NpgsqlDataReader reader = await command
                .ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                try
                {
                    long rows = 0;
                    int sets = 0;
                    do
                    {
                        if (reader.FieldCount == 0)
                            continue;
                        rows += await EmitAsync(reader, sets++, sink, cancellationToken).ConfigureAwait(false);
                    }
                    while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));

                    sink.Trace(reader.RecordsAffected >= 0
                        ? $"{rows} rows in {sets} result sets; {reader.RecordsAffected} rows affected."
                        : $"{rows} rows in {sets} result sets.");
                }
                catch
                {
                    // Closing the reader would first fetch all that is left of the result.
                    command.Cancel();
                    throw;
                }
            }
        }
    }

    private static async Task<long> EmitAsync(
        NpgsqlDataReader reader, int resultSet, IOperationSink sink, CancellationToken cancellationToken)
    {
        string[] columns = Columns(reader);
        long rows = 0;
        for (; await reader.ReadAsync(cancellationToken).ConfigureAwait(false); rows++)
        {
            object?[] values = new object?[columns.Length];
            for (int at = 0; at < columns.Length; at++)
                values[at] = Value(reader, at);
            await sink.EmitAsync(new QueryRow(columns, values) { ResultSet = resultSet }, cancellationToken).ConfigureAwait(false);
        }

        return rows;
    }

    // A property can exist once only: the second "id" of a join becomes "id_2".
    private static string[] Columns(NpgsqlDataReader reader)
    {
        string[] columns = new string[reader.FieldCount];
        HashSet<string> taken = new(StringComparer.OrdinalIgnoreCase);
        for (int at = 0; at < columns.Length; at++)
        {
            string name = reader.GetName(at) is { Length: > 0 } given ? given : "column";
            columns[at] = name;
            for (int number = 2; !taken.Add(columns[at]); number++)
                columns[at] = $"{name}_{number}";
        }

        return columns;
    }

    private static object? Value(NpgsqlDataReader reader, int column)
    {
        try
        {
            object value = reader.GetValue(column);
            return value is DBNull ? null : value;
        }
        catch (Exception exception) when (exception is InvalidCastException or OverflowException or NotSupportedException)
        {
            string name = reader.GetName(column);
            throw new LakebaseError(ErrorIds.ValueNotReadable, LakebaseErrorKind.InvalidData,
                $"Column '{name}' holds a value of type {reader.GetDataTypeName(column)} that has no counterpart here.")
            { Target = name, Cause = exception, Remedy = "Cast it in the query, e.g. to text: column::text." }.ToException();
        }
    }
}
