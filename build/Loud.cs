namespace LakebaseOps.Build;

/// <summary>Says what nobody may overlook.</summary>
internal static class Loud
{
    /// <summary>Prints a line between two bars.</summary>
    public static void Write(string message)
    {
        string bar = new('!', Math.Clamp(message.Length, 20, 110));
        Console.WriteLine($"{bar}\n{message}\n{bar}");
    }
}
