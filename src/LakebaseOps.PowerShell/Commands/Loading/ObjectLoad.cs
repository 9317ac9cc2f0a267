using System.Data;
using System.Management.Automation;
using LakebaseOps.Loading;
using LakebaseOps.Loading.Sources;
using LakebaseOps.Operations;

namespace LakebaseOps.Commands;

/// <summary>
/// Hands pipeline objects, the rows of a data reader, or lines of CSV to a load that runs meanwhile. The first object's properties are the
/// columns of all; when the server falls behind, the pipeline waits.
/// </summary>
/// <param name="operation">The load; null under -WhatIf, then objects are only counted off.</param>
/// <param name="records">The way from here to the load.</param>
/// <param name="output">Receives what the load says.</param>
/// <param name="stop">Cancelled by Ctrl+C.</param>
internal sealed class ObjectLoad(BulkLoadOperation? operation, RecordChannel records, IPumpOutput output, CancellationToken stop) : IDisposable
{
    private const int DrainEvery = 256;

    private readonly Dictionary<string, int> _names = new(StringComparer.OrdinalIgnoreCase);
    private OperationPump? _pump;
    private long _count;

    /// <summary>Hands over one object, or all rows of a data reader.</summary>
    /// <exception cref="LakebaseException">InvalidArgument: a property that the first object does not have; what the load fails of.</exception>
    public void Add(PSObject item)
    {
        if (operation is null)
            return;
        if (item.BaseObject is string line)
        {
            AddText(line);
            return;
        }

        if (records.IsText)
            throw Mixed();
        if (item.BaseObject is IDataReader reader)
        {
            AddRows(reader);
            return;
        }

        if (_pump is null)
            Start([.. ObjectValues.Of(item).Select(property => property.Name)]);
        object?[] values = new object?[_names.Count];
        foreach ((string name, object? value) in ObjectValues.Of(item))
            values[PlaceOf(name)] = value;
        Send(values);
    }

    /// <summary>No more objects: waits until all is done.</summary>
    public void Complete()
    {
        if (_pump is null)
            return;
        Wait(records.TryComplete);
        _pump.Complete();
    }

    /// <inheritdoc />
    public void Dispose() => _pump?.Dispose();

    /// <summary>Hands over a text: a line of CSV, or several.</summary>
    private void AddText(string line)
    {
        if (_pump is null)
        {
            records.BeginText();
            Start();
        }

        if (!records.IsText)
            throw Mixed();
        Send([line]);
    }

    private LakebaseException Mixed() =>
        new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument,
            $"The pipeline brings {(records.IsText ? "an object after lines of text" : "a text after objects")} (number {_count + 1}).")
        { Remedy = "Send either objects whose properties are the columns, or lines of CSV." }.ToException();

    /// <summary>Reads as fast as the load takes the rows: the rest waits where the reader has it from.</summary>
    private void AddRows(IDataReader reader)
    {
        string[] fields = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
        if (_pump is null)
            Start(fields);
        int[] places = [.. fields.Select(PlaceOf)];
        while (reader.Read())
        {
            stop.ThrowIfCancellationRequested();
            object?[] values = new object?[_names.Count];
            for (int i = 0; i < places.Length; i++)
                values[places[i]] = reader.GetValue(i);
            Send(values);
            if (_pump!.HasEnded)
                return;
        }
    }

    private void Send(object?[] values)
    {
        Wait(() => records.TryAdd(values));
        if (++_count % DrainEvery == 0)
            _pump!.Drain();
    }

    private int PlaceOf(string name) => _names.TryGetValue(name, out int at)
        ? at
        : throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument,
            $"Object {_count + 1} has the property '{name}' that the first one does not have; it would be lost.")
        { Target = name, Remedy = "Give all objects the same properties, e.g. with Select-Object." }.ToException();

    private void Start(IReadOnlyList<string> names)
    {
        foreach (string name in names)
        {
            if (!_names.TryAdd(name, _names.Count))
            {
                throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, $"Two of the columns are named '{name}'.")
                { Target = name, Remedy = "Give each its own name, in a query with AS." }.ToException();
            }
        }

        records.Begin([.. _names.Keys]);
        Start();
    }

    private void Start()
    {
        _pump = new OperationPump(operation!, output, stop);
        _pump.Start();
    }

    /// <summary>Tries until it works; meanwhile shows what the load says, and ends with it when it has failed.</summary>
    private void Wait(Func<bool> attempt)
    {
        while (!attempt())
        {
            _pump!.Drain();
            if (_pump.HasEnded)
            {
                _pump.Complete();
                return;
            }

            Task.WhenAny(records.WaitAsync(stop).AsTask(), Task.Delay(100, CancellationToken.None)).GetAwaiter().GetResult();
            stop.ThrowIfCancellationRequested();
        }
    }
}
