using LakebaseOps.Loading.Wire;
using LakebaseOps.Synthesis;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Benchmarks.Loading.Contenders;

/// <summary>Npgsql's own binary importer with a 64 KB write buffer, given the generator's values without boxing or strings.</summary>
internal sealed class BinaryImporter(BenchServer server, string table, SyntheticTable rows, int streams) : Contender
{
    /// <inheritdoc />
    public override string Name => $"NpgsqlBinaryImporter, {streams} streams";

    /// <inheritdoc />
    public override async Task<RunNote?> RunAsync(Meter meter, CancellationToken cancellationToken)
    {
        await Task.WhenAll(GeneratedRows.Parts(rows, streams).Select(part => Task.Run(() => Send(part), cancellationToken)));
        return null;
    }

    private void Send(SyntheticRows part)
    {
        using NpgsqlConnection connection = server.Raw.OpenConnection();
        using NpgsqlBinaryImporter importer = connection.BeginBinaryImport($"COPY {TableName.Parse(table).ToSql()} FROM STDIN (FORMAT binary)");
        importer.Timeout = TimeSpan.Zero;
        NpgsqlDbType[] times = [.. rows.Columns.Select(column =>
            column.Type.EndsWith("with time zone", StringComparison.Ordinal) ? NpgsqlDbType.TimestampTz : NpgsqlDbType.Timestamp)];
        Writer writer = new(importer, times);
        while (part.Write(writer))
        {
        }

        importer.Complete();
    }

    private sealed class Writer(NpgsqlBinaryImporter importer, NpgsqlDbType[] times) : IRowWriter
    {
        // A text of each length is asked for by Npgsql as an array of its own; reused, so that only Npgsql's own cost counts.
        private readonly byte[]?[] _texts = new byte[1024][];
        private int _column;

        public void StartRow(int columns)
        {
            importer.StartRow();
            _column = 0;
        }

        public void WriteNull()
        {
            importer.WriteNull();
            _column++;
        }

        public void WriteBoolean(bool value) => Write(value, NpgsqlDbType.Boolean);

        public void WriteInt16(short value) => Write(value, NpgsqlDbType.Smallint);

        public void WriteInt32(int value) => Write(value, NpgsqlDbType.Integer);

        public void WriteInt64(long value) => Write(value, NpgsqlDbType.Bigint);

        public void WriteSingle(float value) => Write(value, NpgsqlDbType.Real);

        public void WriteDouble(double value) => Write(value, NpgsqlDbType.Double);

        public void WriteTimestamp(long microseconds) => Write(microseconds, times[_column]);

        public void WriteDate(int days) => Write(days, NpgsqlDbType.Date);

        public void WriteUuid(Guid value) => Write(value, NpgsqlDbType.Uuid);

        public void WriteText(ReadOnlySpan<byte> utf8) => Write(Copy(utf8), NpgsqlDbType.Text);

        public void WriteBytes(ReadOnlySpan<byte> value) => Write(Copy(value), NpgsqlDbType.Bytea);

        private void Write<T>(T value, NpgsqlDbType type)
        {
            importer.Write(value, type);
            _column++;
        }

        private byte[] Copy(ReadOnlySpan<byte> bytes)
        {
            byte[] text = _texts[bytes.Length] ??= new byte[bytes.Length];
            bytes.CopyTo(text);
            return text;
        }
    }
}
