using System.Reflection;
using LakebaseOps.Connections;

namespace LakebaseOps.Operations;

/// <summary>Every command there is, found by the <see cref="CommandAttribute"/> of its operation.</summary>
public static class CommandCatalog
{
    /// <summary>The commands by name, in order of name.</summary>
    public static IReadOnlyDictionary<string, CommandDefinition> Commands { get; } = new SortedDictionary<string, CommandDefinition>(
        typeof(CommandCatalog).Assembly.GetTypes()
            .Select(type => (Type: type, Attribute: type.GetCustomAttribute<CommandAttribute>()))
            .Where(found => found.Attribute is not null)
            .ToDictionary(found => found.Attribute!.Name, found => CommandDefinition.Of(found.Type, found.Attribute!)),
        StringComparer.OrdinalIgnoreCase);
}

/// <summary>A command: its operation and the options record that holds its parameters.</summary>
public sealed record CommandDefinition
{
    private readonly ConstructorInfo _constructor;

    private CommandDefinition(CommandAttribute attribute, ConstructorInfo constructor, Type optionsType)
    {
        Name = attribute.Name;
        Writes = attribute.Writes;
        OptionsType = optionsType;
        _constructor = constructor;
    }

    /// <summary>Verb-Noun.</summary>
    public string Name { get; }

    /// <summary>True when it changes something on the server or on disk.</summary>
    public bool Writes { get; }

    /// <summary>The record whose properties are the command's parameters.</summary>
    public Type OptionsType { get; }

    /// <summary>True when it works on a database.</summary>
    public bool NeedsSession => _constructor.GetParameters().Any(parameter => parameter.ParameterType == typeof(LakebaseSession));

    /// <summary>The names of its parameters.</summary>
    public IEnumerable<PropertyInfo> Parameters => OptionsType.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.SetMethod is not null);

    /// <summary>The operation with its options, on a session where it needs one.</summary>
    public Operation Create(object options, LakebaseSession? session, SessionRegistry sessions) =>
        (Operation)_constructor.Invoke([.. _constructor.GetParameters().Select(parameter =>
            parameter.ParameterType == typeof(LakebaseSession) ? session
            : parameter.ParameterType == typeof(SessionRegistry) ? sessions
            : options)]);

    internal static CommandDefinition Of(Type operation, CommandAttribute attribute)
    {
        ConstructorInfo constructor = operation.GetConstructors().Single();
        Type options = constructor.GetParameters().Select(parameter => parameter.ParameterType)
            .Single(type => type != typeof(LakebaseSession) && type != typeof(SessionRegistry));
        return new CommandDefinition(attribute, constructor, options);
    }
}
