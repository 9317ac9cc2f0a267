using System.Net.Sockets;
using LakebaseOps.Connections;
using LakebaseOps.Loading.Wire;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Loading.Sources;

/// <summary>A query to load from: where it runs, which columns of the target its columns are, and how each is cast.</summary>
internal sealed class SourceQuery
{
    private readonly PostgresSession _session;
    private string _query;

    private SourceQuery(PostgresSession session, string query, string description, IReadOnlyList<CopyColumn> columns)
    {
        _session = session;
        _query = query;
        Description = description;
        Columns = columns;
    }

    /// <summary>Where the rows come from, for a person.</summary>
    public string Description { get; }

    /// <summary>The target's columns in the order of the query's.</summary>
    public IReadOnlyList<CopyColumn> Columns { get; private set; }

    /// <summary>Each column with its cast, a line each.</summary>
    public IEnumerable<string> Casts => Columns.Select(column => $"{TableName.Quote(column.Name)} as {column.Wire.CastName}");

    /// <summary>Asks the source for the columns of a query or table.</summary>
    /// <param name="session">Where it runs.</param>
    /// <param name="options">Query or SourceTable.</param>
    /// <param name="match">Finds the target's columns of names.</param>
    /// <param name="shape">The target: what it generates itself is left out of a table.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <exception cref="LakebaseException">SourceFailed; what matching throws.</exception>
    public static async Task<SourceQuery> DescribeAsync(
        PostgresSession session,
        BulkLoadOptions options,
        Func<IReadOnlyList<string>, Task<IReadOnlyList<CopyColumn>>> match,
        TableDefinition shape,
        CancellationToken cancellationToken)
    {
        TableName? table = options.SourceTable is null ? null : TableName.Parse(options.SourceTable);
        string query = table is null ? options.Query!.TrimEnd().TrimEnd(';') : $"SELECT * FROM {table.ToSql()}";
        SourceQuery source = new(session, query, table is null ? $"a query of {session.Name}" : $"{table} of {session.Name}", []);
        List<string> names = [];
        try
        {
            NpgsqlConnection connection = await session.OpenAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                using NpgsqlCommand command = new($"SELECT * FROM (\n{query}\n) AS q LIMIT 0", connection);
                NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    for (int i = 0; i < reader.FieldCount; i++)
                        names.Add(reader.GetName(i));
                }
            }
        }
        catch (Exception exception) when (IsFault(exception))
        {
            throw source.Failed(exception);
        }

        if (table is not null && names.RemoveAll(name => shape.Columns.Any(column => column.IsGenerated && column.Name == name)) > 0)
            source._query = $"SELECT {string.Join(", ", names.Select(TableName.Quote))} FROM {table.ToSql()}";
        source.Columns = await match(names).ConfigureAwait(false);
        return source;
    }

    /// <summary>Begins to read the rows.</summary>
    public async Task<TupleReader> OpenAsync(CancellationToken cancellationToken)
    {
        NpgsqlDataSource source = _session.CreateDataSource(static settings =>
        {
            settings.Pooling = false;
            settings.ReadBufferSize = CopyBuffer.BlockBytes;
            settings.ApplicationName = "LakebaseOps load source";
        });
        NpgsqlConnection? connection = null;
        try
        {
            connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            using (NpgsqlCommand begin = new(
                "BEGIN TRANSACTION READ ONLY; SELECT set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)",
                connection))
                await begin.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            string columns = string.Join(", ", Columns.Select((column, number) => $"c{number + 1}::{column.Wire.CastName}"));
            string names = string.Join(", ", Columns.Select((_, number) => $"c{number + 1}"));
            NpgsqlRawCopyStream stream = await connection.BeginRawBinaryCopyAsync(
                $"COPY (SELECT {columns} FROM (\n{_query}\n) AS q({names})) TO STDOUT (FORMAT binary)", cancellationToken).ConfigureAwait(false);
            // The first row of a query may be long in coming.
            stream.ReadTimeout = System.Threading.Timeout.Infinite;
            return new TupleReader(connection, source, stream);
        }
        catch
        {
            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
            await source.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>True for what a server or the way to it may do to a query.</summary>
    public static bool IsFault(Exception exception) => exception is NpgsqlException or IOException or SocketException or TimeoutException;

    /// <summary>The error of a source that failed, told apart from one of the target.</summary>
    public LakebaseException Failed(Exception exception)
    {
        LakebaseError error = ErrorTranslator.Translate(exception, Description);
        return (error with
        {
            Id = ErrorIds.SourceFailed,
            Message = $"The source of the rows failed ({Description}): {error.Message}",
            Target = Description,
            Remedy = "The target is not to blame and was left as it was, but for rows that -Mode Append had committed. Correct the query, or load again once its server answers.",
        }).ToException();
    }
}
